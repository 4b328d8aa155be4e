/** Drawn on a grid of 24, in strokes of the text's colour. The page carries them once; `Icon` refers to them. */
const icons = {
  webhook:
    "M18 16.98h-5.99c-1.1 0-1.95.94-2.48 1.9A4 4 0 1 1 5.5 13 M9.5 7.5A4 4 0 1 1 16 8.9l-2.3 4.3 M6.2 17l3.2-5.5 M12 5.5l3.4 6A4 4 0 1 1 16 20.4",
  list: "M4 7h16 M4 12h16 M4 17h10",
  grid: "M4 4h6v6H4z M14 4h6v6h-6z M4 14h6v6H4z M14 14h6v6h-6z",
  flask: "M9 3h6 M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3 M7.5 15h9",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  key: "M15 3a6 6 0 1 1-4.2 10.2L4 20v-3h2.5v-2.5H9l1.2-1.2A6 6 0 0 1 15 3z M16.5 7.5h.01",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M2.5 20a6.5 6.5 0 0 1 13 0 M16 4.5a3.5 3.5 0 0 1 0 6.5 M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
  log: "M6 3h9l4 4v14H6z M9 9h7 M9 13h7 M9 17h4",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M9.3 9.3a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.2 1-1.2 1.9 M12 17h.01",
  tick: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8 12.3l2.7 2.7L16 9.5",
  failed: "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z M9 9l6 6 M15 9l-6 6",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7v5l3 2",
  plane: "M21 3 10 14 M21 3l-7 18-4-7-7-4z",
  retry: "M4 11a8 8 0 0 1 14-4.5L20 9 M20 4v5h-5 M20 13a8 8 0 0 1-14 4.5L4 15 M4 20v-5h5",
  pause: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M10 9v6 M14 9v6",
  play: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M10 8.5v7l5.5-3.5z",
  dash: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8 12h8",
  warning: "M12 4 2.5 20h19z M12 10v4 M12 17h.01",
  off: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M6 6l12 12",
  plus: "M12 5v14 M5 12h14",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l4.5 4.5",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  edit: "M4 20h4L19.5 8.5l-4-4L4 16z M13.5 6.5l4 4",
  bin: "M4 7h16 M9 7V4h6v3 M6 7l1 13h10l1-13 M10 11v5 M14 11v5",
  server: "M4 4h16v6H4z M4 14h16v6H4z M8 7h.01 M8 17h.01",
  building: "M5 21V4h9v17 M14 9h5v12 M8 8h3 M8 12h3 M8 16h3 M3 21h18",
} as const;

export type IconName = keyof typeof icons;

/** Says nothing by itself: a word stands beside it, or the button around it has a label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" aria-hidden="true" width="16" height="16" focusable="false">
      <use href={`#i-${name}`} />
    </svg>
  );
}

export function IconSprite() {
  return (
    <svg class="sprite" aria-hidden="true" width="0" height="0" focusable="false">
      {Object.entries(icons).map(([name, path]) => (
        <symbol
          id={`i-${name}`}
          key={name}
          viewBox="0 0 24 24"
          fill="none"
          stroke="currentColor"
          stroke-width="2"
          stroke-linecap="round"
          stroke-linejoin="round"
        >
          <path d={path} />
        </symbol>
      ))}
    </svg>
  );
}
