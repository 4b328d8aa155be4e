import { useViewer } from "../shell/viewer.ts";
import { periods } from "./history-filters.ts";

/** The filter by event type, of every type that the product has. */
export function EventFilter({ name, value }: { name: string; value: string }) {
  const { product } = useViewer();
  return (
    <div>
      <label for={`f-${name}`}>Event</label>
      <select id={`f-${name}`} name={name}>
        <option value="">Any event</option>
        {[...product.eventTypes.keys()].map((type) => (
          <option key={type} value={type} selected={type === value}>
            {type}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The filter by time; `custom` offers one from and to. */
export function PeriodFilter({ value, custom = false }: { value: string; custom?: boolean }) {
  return (
    <div>
      <label for="f-when">When</label>
      <select id="f-when" name="when">
        {periods.map(({ id, label }) => (
          <option key={id} value={id} selected={id === value}>
            {label}
          </option>
        ))}
        {custom && (
          <option value="custom" selected={value === "custom"}>
            From … to …
          </option>
        )}
      </select>
    </div>
  );
}
