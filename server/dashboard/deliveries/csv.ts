/** One line of CSV (RFC 4180). A cell that a spreadsheet would run as a formula is made a text. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  const shown = cells.map((cell) => {
    if (cell === null) return "";
    const text = /^[=+\-@\t\r]/.test(String(cell)) && typeof cell === "string" ? `'${cell}` : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${shown.join(",")}\r\n`;
}
