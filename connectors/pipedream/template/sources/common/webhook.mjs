import { randomBytes } from "crypto";
import app from "../../__APP__.app.mjs";
import { isSigned } from "../../common/signature.mjs";

// Pipedream shows what happened before a source was there; more than this would flood a new workflow.
const mostHistorical = 25;

/** A webhook of the source's own, as long as it is deployed; each event type is a source that builds on this. */
export default {
  props: {
    app,
    db: "$.service.db",
    http: { type: "$.interface.http", customResponse: true },
  },
  hooks: {
    /** @this {import("../../common/types").Source} */
    async deploy() {
      const bodies = await this.app.listSamples(this.getEvent(), this.getFilter(), mostHistorical);
      for (const body of bodies.reverse()) this.emit(body);
    },
    /** @this {import("../../common/types").Source} */
    async activate() {
      const secret = `whsec_${randomBytes(32).toString("base64")}`;
      const { id } = await this.app.createHook({
        target_url: this.http.endpoint,
        event: this.getEvent(),
        name: `Pipedream: ${this.getLabel()}`,
        platform: "pipedream",
        secret,
        filter: this.getFilter(),
      });
      this.db.set("hook", { id, secret });
    },
    /** @this {import("../../common/types").Source} */
    async deactivate() {
      const hook = this.db.get("hook");
      if (!hook) return;
      await this.app.deleteHook(hook.id);
      this.db.set("hook", null);
    },
  },
  methods: {
    /**
     * The filter that the server applies. Props left empty say nothing.
     * @this {import("../../common/types").Source}
     */
    getFilter() {
      /** @type {Record<string, unknown>} */
      const filter = {};
      for (const [prop, { path, operator }] of Object.entries(this.getConditions())) {
        const value = this[prop];
        if (value === undefined || value === null || value === "") continue;
        const typed = operator === "gte" ? Number(value) : value;
        filter[path] = operator === "eq" ? typed : { [operator]: typed };
      }
      return Object.keys(filter).length > 0 ? filter : undefined;
    },
    /**
     * The event's id, not the record's: two changes of one record are two events.
     * @this {import("../../common/types").Source}
     * @param {import("../../common/types").Body} body
     */
    emit(body) {
      const { name, title, subject, id } = body.data;
      this.$emit(body, {
        id: body.id,
        summary: `${this.getLabel()}: ${name ?? title ?? subject ?? id}`,
        ts: Date.parse(body.timestamp),
      });
    },
  },
  /**
   * @this {import("../../common/types").Source}
   * @param {import("../../common/types").HttpEvent} request
   */
  async run({ headers, body, bodyRaw }) {
    const hook = this.db.get("hook");
    if (!hook || !isSigned(headers, bodyRaw, hook.secret)) {
      this.http.respond({ status: 401, body: "The signature is missing or wrong." });
      return;
    }
    this.http.respond({ status: 200 });
    this.emit(body);
  },
};
