import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

/**
 * A placeholder mark for a product: a hook on a rounded square, in a colour that follows from the product's id. It has the
 * sizes and formats that the platforms ask for; the submission checklists say to put the product's own in its place.
 */
export type Mark = { background: [number, number, number] };

export function markOf(product: string): Mark {
  const hue = (createHash("sha256").update(product).digest()[0] as number) / 256;
  return { background: rgb(hue, 0.62, 0.42) };
}

// In units of the icon's side: an arm that comes down, the bend, and the point with its barb; a ring at the top.
const stroke = 0.085;
const ring = { x: 0.56, y: 0.24, r: 0.075 };
const arm: [number, number][] = [
  [0.56, 0.32],
  [0.56, 0.6],
];
const bend = { x: 0.435, y: 0.6, r: 0.125 };
const point: [number, number][] = [
  [0.31, 0.6],
  [0.31, 0.5],
];

export function svgIcon({ background }: Mark, theme: "light" | "dark" | "tile" = "tile"): string {
  const ink = theme === "tile" ? "#fff" : theme === "light" ? hex(background) : hex(background.map((c) => c + (255 - c) * 0.55));
  const tile = theme === "tile" ? `<rect width="60" height="60" rx="12" fill="${hex(background)}"/>` : "";
  const at = (value: number) => Math.round(value * 6000) / 100;
  const path = `M${at(arm[0]?.[0] ?? 0)} ${at(arm[0]?.[1] ?? 0)}V${at(bend.y)}A${at(bend.r)} ${at(bend.r)} 0 0 1 ${at(point[0]?.[0] ?? 0)} ${at(bend.y)}V${at(point[1]?.[1] ?? 0)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60" viewBox="0 0 60 60">${tile}<g fill="none" stroke="${ink}" stroke-width="${at(stroke)}" stroke-linecap="round"><circle cx="${at(ring.x)}" cy="${at(ring.y)}" r="${at(ring.r)}"/><path d="${path}"/></g></svg>\n`;
}

/** The mark as a PNG of `size` by `size`, transparent around the tile. */
export function pngIcon({ background }: Mark, size: number): Buffer {
  const rows = Buffer.alloc(size * (1 + size * 4));
  const soft = 0.75 / size;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = [(x + 0.5) / size, (y + 0.5) / size];
      const tile = cover(roundedSquare(u, v, 0.2), soft);
      const ink = cover(hook(u, v) - stroke / 2, soft);
      const at = y * (1 + size * 4) + 1 + x * 4;
      for (let c = 0; c < 3; c++) rows[at + c] = Math.round((background[c] as number) * (1 - ink) + 255 * ink);
      rows[at + 3] = Math.round(255 * tile);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits a channel, RGBA.
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** How much of a pixel lies inside, by its signed distance from the edge. */
function cover(distance: number, soft: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance / (2 * soft)));
}

function roundedSquare(u: number, v: number, radius: number): number {
  const dx = Math.max(Math.abs(u - 0.5) - 0.5 + radius, 0);
  const dy = Math.max(Math.abs(v - 0.5) - 0.5 + radius, 0);
  return Math.hypot(dx, dy) - radius;
}

/** Distance from the hook's middle line. */
function hook(u: number, v: number): number {
  const below = v >= bend.y ? Math.abs(Math.hypot(u - bend.x, v - bend.y) - bend.r) : Number.POSITIVE_INFINITY;
  return Math.min(Math.abs(Math.hypot(u - ring.x, v - ring.y) - ring.r), segment(u, v, arm), below, segment(u, v, point));
}

function segment(u: number, v: number, [[ax, ay] = [0, 0], [bx, by] = [0, 0]]: [number, number][]): number {
  const along = Math.min(1, Math.max(0, ((u - ax) * (bx - ax) + (v - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
  return Math.hypot(u - ax - along * (bx - ax), v - ay - along * (by - ay));
}

function rgb(hue: number, saturation: number, lightness: number): [number, number, number] {
  const channel = (shift: number): number => {
    const k = (shift + hue * 12) % 12;
    return Math.round(255 * (lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** `#2a6f57` */
export function hex(colour: readonly number[]): string {
  return `#${colour.map((channel) => Math.round(channel).toString(16).padStart(2, "0")).join("")}`;
}
