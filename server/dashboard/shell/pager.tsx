import type { ComponentChildren } from "preact";

type Step = { label: string; href: string | undefined };

/** What stands below a list: how much is shown, and the ways to the pages before and after; a way that ends is said too. */
export function Pager({ label = "Pages", back, on, children }: { label?: string; back: Step; on: Step; children: ComponentChildren }) {
  const step = ({ label: word, href }: Step, rel: "prev" | "next") =>
    href ? (
      <a class="button plain" rel={rel} href={href}>
        {word}
      </a>
    ) : (
      <span class="button plain ended">{word}</span>
    );
  return (
    <div class="table-foot">
      <span class="small">{children}</span>
      <nav class="pages" aria-label={label}>
        {step(back, "prev")}
        {step(on, "next")}
      </nav>
    </div>
  );
}
