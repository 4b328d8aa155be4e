import type { Product } from "../../../schemas/load-catalogue.ts";

/** A product's own colours over the stylesheet's; the values were checked when the catalogue was read. */
export function brandCss({ brand }: Product): string {
  const pair = (name: string, colours: { light: string; dark: string } | undefined) =>
    colours ? `--${name}: light-dark(${colours.light}, ${colours.dark});` : "";
  const button = pair("button", brand?.button) + pair("button-hover", brand?.button);
  const scheme = brand?.scheme && brand.scheme !== "auto" ? `color-scheme: ${brand.scheme};` : "";
  return `:root{${pair("accent", brand?.accent)}${button}${scheme}}\n`;
}
