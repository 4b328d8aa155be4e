import { axios } from "@pipedream/platform";

const server = "__SERVER__";

export default {
  type: "app",
  app: "__APP_KEY__",
  propDefinitions: {},
  methods: {
    /**
     * One call with the connected account's token.
     * @this {import("./common/types").App}
     * @param {{ $?: Record<string, any>, method?: "GET" | "POST" | "DELETE", path: string, params?: object, data?: object }} request
     * @returns {Promise<any>}
     */
    makeRequest({ $, path, ...request }) {
      return axios($ ?? /** @type {Record<string, any>} */ (this), {
        ...request,
        url: `${server}${path}`,
        headers: { authorization: `Bearer ${this.$auth.oauth_access_token}` },
      });
    },
    /**
     * Who is connected; what the connection test calls.
     * @this {import("./common/types").App}
     */
    getMe() {
      return this.makeRequest({ path: "/v1/me" });
    },
    /**
     * @this {import("./common/types").App}
     * @param {object} hook
     * @returns {Promise<{ id: string }>}
     */
    createHook(hook) {
      return this.makeRequest({ method: "POST", path: "/v1/hooks", data: hook });
    },
    /**
     * @this {import("./common/types").App}
     * @param {string} id
     */
    async deleteHook(id) {
      try {
        await this.makeRequest({ method: "DELETE", path: `/v1/hooks/${id}` });
      } catch (error) {
        // Gone already is what was wanted.
        const { response } = /** @type {{ response?: { status: number } }} */ (error);
        if (response?.status !== 404) throw error;
      }
    },
    /**
     * The account's latest events, newest first; examples where there are none yet.
     * @this {import("./common/types").App}
     * @param {string} event
     * @param {object | undefined} filter
     * @param {number} limit
     * @returns {Promise<import("./common/types").Body[]>}
     */
    async listSamples(event, filter, limit) {
      const { data } = await this.makeRequest({
        path: `/v1/event-types/${event}/samples`,
        params: { limit, ...(filter ? { filter: JSON.stringify(filter) } : {}) },
      });
      return data;
    },
    /**
     * What the account's events held in a field, as the options of a prop.
     * @this {import("./common/types").App}
     * @param {string} event
     * @param {string} path
     * @returns {Promise<{ label: string, value: string | number }[]>}
     */
    async listOptions(event, path) {
      const values = await this.makeRequest({ path: `/v1/event-types/${event}/fields/${path}/values` });
      return values.map((/** @type {{ id: string | number, name: string }} */ { id, name }) => ({ label: name, value: id }));
    },
  },
};
