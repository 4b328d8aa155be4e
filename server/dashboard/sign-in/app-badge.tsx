import type { AppRecord } from "../../oauth/app.ts";

/** An app's icon, or its initial where the operator gave none. The name stands beside it, so it says nothing by itself. */
export function AppBadge({ app }: { app: Pick<AppRecord, "_id" | "name" | "icon"> | undefined }) {
  if (app?.icon) return <img class="badge" src={`/oauth/apps/${app._id}/icon`} alt="" width={40} height={40} />;
  return (
    <div class="badge" aria-hidden="true">
      {(app?.name ?? "?").charAt(0).toUpperCase()}
    </div>
  );
}
