import { Icon } from "./icons.tsx";

/** Copies the text of another element, or its own. Works with the script only, so it is shown only with it. */
export function CopyButton({ label, from, text, wide = false }: { label: string; from?: string; text?: string; wide?: boolean }) {
  return (
    <button
      type="button"
      class={wide ? "plain scripted" : "bare scripted"}
      data-copy={text}
      data-copy-from={from}
      {...(wide ? {} : { "aria-label": label, title: label })}
    >
      <Icon name="copy" />
      {wide && label}
    </button>
  );
}
