const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** JSON as people read it, its parts coloured; what isn't JSON stands as it came. */
export function JsonView({ text, label }: { text: string; label: string }) {
  const pretty = prettyJson(text);
  if (pretty === undefined) return <Code label={label}>{text}</Code>;
  const parts: (string | preact.JSX.Element)[] = [];
  let reached = 0;
  for (const match of pretty.matchAll(token)) {
    const [whole, text_, colon, word, number] = match;
    parts.push(pretty.slice(reached, match.index));
    const kind = text_ ? (colon ? "k" : "s") : word ? "w" : "n";
    const shown = text_ ?? word ?? number ?? "";
    parts.push(<span class={kind}>{shown}</span>);
    if (colon) parts.push(colon);
    reached = match.index + whole.length;
  }
  parts.push(pretty.slice(reached));
  return <Code label={label}>{parts}</Code>;
}

export function prettyJson(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : undefined;
  } catch {
    return undefined;
  }
}

/** Scrolls by itself, so it takes the keyboard too. A line break at its very start would be eaten, so one is put before it. */
export function Code({ label, id, children }: { label: string; id?: string; children: preact.ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is preformatted text first
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre id={id} tabIndex={0} aria-label={label} role="region">
      {"\n"}
      {children}
    </pre>
  );
}
