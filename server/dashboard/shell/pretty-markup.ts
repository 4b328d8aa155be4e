/** Elements that have no end, and those whose text must stay as it is. */
const empty = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const verbatim = new Set(["pre", "script", "style", "textarea"]);
const deepest = 20;
const mostGrowth = 4;

/**
 * HTML or XML as people read it: a tag or a text a line, indented by what holds it. undefined where the text is no markup.
 * Reads it once from front to back, whatever a hostile receiver answers, and only adds line breaks and indentation.
 */
export function prettyMarkup(text: string): string | undefined {
  if (!/^\s*<[!?a-zA-Z]/.test(text)) return undefined;
  const lines: string[] = [];
  let depth = 0;
  const put = (piece: string) => lines.push("  ".repeat(Math.min(depth, deepest)) + piece);
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "<") {
      const next = indexOrEnd(text, "<", at);
      const words = text.slice(at, next).replace(/\s+/g, " ").trim();
      if (words) put(words);
      at = next;
      continue;
    }
    const comment = text.startsWith("<!--", at) ? "-->" : text.startsWith("<![CDATA[", at) ? "]]>" : undefined;
    const end = comment ? indexOrEnd(text, comment, at) + comment.length : indexOrEnd(text, ">", at) + 1;
    const tag = text.slice(at, end);
    at = end;
    const name = /^<\/?([a-zA-Z][\w:.-]*)/.exec(tag)?.[1]?.toLowerCase();
    if (tag.startsWith("</")) {
      depth = Math.max(0, depth - 1);
      if (!closeOnOneLine(lines, tag, depth)) put(tag);
    } else {
      put(tag);
      if (!name || empty.has(name) || tag.endsWith("/>")) continue;
      if (verbatim.has(name)) {
        const close = closing(text, name, at);
        lines[lines.length - 1] += text.slice(at, close);
        at = close;
      } else depth++;
    }
  }
  const pretty = lines.join("\n");
  // Thousands of tags inside each other would come out as mostly indentation.
  return pretty.length > mostGrowth * text.length + 1_000 ? undefined : pretty;
}

/** `<title>` and its text and `</title>` stand on one line where they fit. */
function closeOnOneLine(lines: string[], tag: string, depth: number): boolean {
  const name = tag.slice(2, -1).trim();
  const opened = (line: string | undefined) => line?.trimStart().startsWith(`<${name}`) && !line.includes("</");
  const last = lines.at(-1);
  if (opened(last) && indentOf(last ?? "") === depth) {
    lines[lines.length - 1] += tag;
    return true;
  }
  const before = lines.at(-2);
  if (!last || !opened(before) || last.trimStart().startsWith("<") || indentOf(before ?? "") !== depth) return false;
  const joined = before + last.trimStart() + tag;
  if (joined.length > 120) return false;
  lines.splice(-2, 2, joined);
  return true;
}

function indentOf(line: string): number {
  return (line.length - line.trimStart().length) / 2;
}

function indexOrEnd(text: string, sought: string, from: number): number {
  const found = text.indexOf(sought, from);
  return found < 0 ? text.length : found;
}

/** Where `</name>` begins and ends is looked for without another copy of the text. */
function closing(text: string, name: string, from: number): number {
  const end = new RegExp(`</${name}\\s*>`, "gi");
  end.lastIndex = from;
  const found = end.exec(text);
  return found ? found.index + found[0].length : text.length;
}
