import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";

export type Tone = "ok" | "wait" | "bad" | "live" | "idle";

/** A state: icon, word and colour together, never colour alone. */
export function Badge({ tone, icon, children }: { tone: Tone; icon: IconName; children: ComponentChildren }) {
  return (
    <span class={`status ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}
