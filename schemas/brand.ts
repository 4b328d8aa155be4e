import type { ProductRules } from "./product.ts";

/** What the colours lie on: the pages' surface in light and dark, and white text on buttons. */
const surfaces = { light: "#ffffff", dark: "#1d222b" } as const;
const buttonText = "#ffffff";
/** WCAG 2.2, 1.4.3. */
const least = 4.5;

/** Colours that people couldn't read, each with its place in product.json and what to do. */
export function brandProblems({ accent, button }: NonNullable<ProductRules["brand"]>): { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  for (const scheme of ["light", "dark"] as const) {
    const pairs = [
      ["accent", accent?.[scheme], surfaces[scheme], "it stands as text on the page"],
      ["button", button?.[scheme], buttonText, "white text stands on it"],
    ] as const;
    for (const [name, colour, against, why] of pairs) {
      if (colour === undefined) continue;
      const ratio = contrast(colour, against);
      if (ratio >= least) continue;
      problems.push({
        path: `/brand/${name}/${scheme}`,
        message: `${colour} has a contrast of ${ratio.toFixed(2)} to ${against}; ${why}, so it needs ${least}`,
      });
    }
  }
  return problems;
}

/** WCAG's contrast ratio of two colours like `#4338ca`. */
export function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
