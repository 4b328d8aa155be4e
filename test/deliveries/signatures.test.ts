import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { Received } from "../helpers/receiver.ts";
import { startTestApp, type TestApp } from "../helpers/test-app.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** The check of Tonic Desk's documentation, in its own language. */
const pythonCheck = `
import hmac, hashlib, sys
payload = sys.stdin.buffer.read()
signature, secret = sys.argv[1], sys.argv[2]
expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
sys.exit(0 if hmac.compare_digest(expected, signature) else 1)
`;

function acceptedByNode(request: Received, secret: string): boolean {
  const expected = Buffer.from(createHmac("sha256", secret).update(request.raw).digest("hex"));
  const given = Buffer.from(String(request.headers["x-webhook-signature"]));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function acceptedByPython(request: Received, secret: string): boolean {
  return (
    spawnSync("python3", ["-c", pythonCheck, String(request.headers["x-webhook-signature"]), secret], { input: request.raw }).status === 0
  );
}

function acceptedByStandardWebhooks(request: Received, webhook: Webhook): boolean {
  try {
    webhook.verify(request.raw.toString("utf8"), request.headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

for (const product of ["tonic-desk", "tesoro"] as const) {
  describe(`signatures of ${product}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp({ product });
    });
    after(() => app.stop());

    async function deliverWith(secret?: string | true): Promise<{ request: Received; shown: string | undefined; hook: string }> {
      const receiver = await app.newReceiver();
      const { id, secret: shown } = await app.api.subscribe({ event: "deal.won", target_url: receiver.url, ...(secret ? { secret } : {}) });
      await app.publish("deal.won", { name: "Żółć – 10 € 🎉" });
      const [request] = await receiver.received(1);
      await app.api.delete(`/v1/hooks/${id}`);
      return { request: request as Received, shown, hook: id };
    }

    it("are accepted as the customers of the product check them", async () => {
      const secret = "gültiges Geheimnis ✓";
      const { request } = await deliverWith(secret);
      assert.match(String(request.headers["x-webhook-signature"]), /^[0-9a-f]{64}$/);
      assert.ok(acceptedByNode(request, secret));
      assert.ok(!acceptedByNode(request, "another secret"));
    });

    it("are accepted by the documentation's Python", async function () {
      if (!hasPython) this.skip();
      const { request } = await deliverWith("s3cret");
      assert.ok(acceptedByPython(request, "s3cret"));
      assert.ok(!acceptedByPython(request, "another secret"));
    });

    it("are accepted by standardwebhooks, for whsec_ and for raw secrets", async () => {
      const made = await deliverWith(true);
      assert.ok(acceptedByStandardWebhooks(made.request, new Webhook(made.shown as string)));
      assert.ok(acceptedByNode(made.request, made.shown as string), "the product's own header takes the secret as it is written");
      const raw = await deliverWith("not base64");
      assert.ok(acceptedByStandardWebhooks(raw.request, new Webhook("not base64", { format: "raw" })));
      assert.ok(!acceptedByStandardWebhooks(raw.request, new Webhook("another", { format: "raw" })));
    });

    it("are absent without a secret, while id and timestamp stay", async () => {
      const { request } = await deliverWith();
      assert.equal(request.headers["x-webhook-signature"], undefined);
      assert.equal(request.headers["webhook-signature"], undefined);
      assert.equal(request.headers["webhook-id"], request.body.id);
      assert.match(String(request.headers["webhook-timestamp"]), /^\d{10}$/);
    });

    it("come from both secrets for 24 hours after a rotation, then from the new one alone", async () => {
      const receiver = await app.newReceiver();
      const { id } = await app.api.subscribe({ event: "deal.lost", target_url: receiver.url, secret: "the old one" });
      const rotated = await app.api.post(`/v1/hooks/${id}/rotate-secret`).expect(200);
      const secret: string = rotated.body.secret;
      assert.match(secret, /^whsec_/);
      await app.publish("deal.lost");
      const [during] = await receiver.received(1);
      assert.ok(acceptedByNode(during as Received, secret));
      assert.ok(acceptedByStandardWebhooks(during as Received, new Webhook(secret)));
      assert.ok(acceptedByStandardWebhooks(during as Received, new Webhook("the old one", { format: "raw" })));
      const previous = createHmac("sha256", "the old one")
        .update((during as Received).raw)
        .digest("hex");
      assert.equal(during?.headers["x-webhook-signature-previous"], previous);

      app.clock.advance({ hours: 24, seconds: 1 });
      await app.publish("deal.lost");
      const [, after] = await receiver.received(2);
      assert.equal(String(after?.headers["webhook-signature"]).split(" ").length, 1);
      assert.equal(after?.headers["x-webhook-signature-previous"], undefined);
      assert.ok(acceptedByNode(after as Received, secret));
    });
  });
}
