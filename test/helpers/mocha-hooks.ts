import { stopSharedStore } from "./store.ts";

export const mochaHooks = {
  async afterAll() {
    await stopSharedStore();
  },
};
