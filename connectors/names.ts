const smallWords = new Set(["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"]);

/** `deal.status_changed` → `deal_status_changed`: a key that every platform allows. */
export function snakeCase(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
}

/** `deal.status_changed` → `deal-status-changed` */
export function kebabCase(text: string): string {
  return snakeCase(text).replaceAll("_", "-");
}

/** `tonic-desk` → `TonicDesk` */
export function pascalCase(text: string): string {
  return snakeCase(text)
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** `deal.won` → `dealWon` */
export function camelCase(text: string): string {
  const pascal = pascalCase(text);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** `Won at` → `Won At`; `Deal ID` stays. */
export function titleCase(text: string): string {
  return text
    .split(" ")
    .map((word, i) =>
      i > 0 && smallWords.has(word) && i < text.split(" ").length - 1 ? word : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join(" ");
}

/** `Deal Won` → `Deal won`; words that are not simply capitalised (`ID`, `URL`, `m²`) stay. */
export function sentenceCase(text: string): string {
  return text
    .split(" ")
    .map((word, i) => (i > 0 && /^[A-Z][a-z]*$/.test(word) ? word.toLowerCase() : word))
    .join(" ");
}

/** `property` → `properties` */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  return `${noun}s`;
}

/** What one watches: `Deal Won` → `deals won`, `Deal Status Changed` → `deal status changes`. */
export function watchedThing(label: string): string {
  const words = label.toLowerCase().split(" ");
  const last = words.pop() ?? "";
  const before = words.pop();
  if (before === undefined) return last;
  if (last === "changed") return [...words, before, "changes"].join(" ");
  return [...words, plural(before), last].join(" ");
}

/** `a deal`, `an item` */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}
