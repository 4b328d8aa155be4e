import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verificationCode } from "../../server/dashboard/webhooks/verification-code.ts";

const secret = "whsec_sécret";
const body = '{"name":"Ünïcode\\n"}';
const good = createHmac("sha256", secret).update(body).digest("hex");
const bad = good.replace(/.$/, (last) => (last === "0" ? "1" : "0"));

/** How the code shown on the page is run where its language is at hand: a program that prints its verdict on argv. */
const programs: Record<string, { command: string[]; file: string; wrap: (code: string) => string; also?: Record<string, string> }> = {
  python: {
    command: ["python3"],
    file: "check.py",
    wrap: (code) => `${code}\nimport sys\nprint(is_genuine(sys.argv[1].encode(), sys.argv[2]))\n`,
  },
  node: {
    command: [process.execPath],
    file: "check.mjs",
    wrap: (code) => `${code}\nconsole.log(isGenuine(Buffer.from(process.argv[2]), process.argv[3]));\n`,
  },
  php: { command: ["php"], file: "check.php", wrap: (code) => `${code}\nvar_export(is_genuine($argv[1], $argv[2]));\n` },
  ruby: { command: ["ruby"], file: "check.rb", wrap: (code) => `${code}\nputs genuine?(ARGV[0], ARGV[1])\n` },
  go: {
    command: ["go", "run", "./cmd"],
    file: "webhooks.go",
    wrap: (code) => code,
    also: {
      "go.mod": "module webhooks\n\ngo 1.18\n",
      "cmd/main.go":
        'package main\n\nimport (\n\t"fmt"\n\t"os"\n\t"webhooks"\n)\n\nfunc main() { fmt.Println(webhooks.IsGenuine([]byte(os.Args[1]), os.Args[2])) }\n',
    },
  },
  java: {
    command: ["java"],
    file: "Check.java",
    wrap: (code) =>
      code.replace(
        "public class Webhooks {",
        "public class Check {\n    public static void main(String[] args) throws Exception {\n        System.out.println(isGenuine(args[0].getBytes(StandardCharsets.UTF_8), args[1]));\n    }\n",
      ),
  },
};

describe("the verification code on the page", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "hookline-test-code-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("names the product's header in all seven languages", () => {
    const code = verificationCode("X-Webhook-Signature");
    assert.deepEqual(
      code.map(({ id }) => id),
      ["python", "node", "php", "ruby", "go", "java", "csharp"],
    );
    for (const { code: text } of code) assert.ok(text.includes("X-Webhook-Signature") && !text.includes("HEADER"));
  });

  for (const { id, language, code } of verificationCode("X-Webhook-Signature")) {
    it(`tells a genuine signature from a forged one in ${language}`, function () {
      const program = programs[id];
      const [tool = "", ...options] = program?.command ?? [];
      const there = program && spawnSync(tool, [id === "go" ? "version" : id === "java" ? "-version" : "--version"]).status === 0;
      // Without the language on this machine there is nothing to run the code with, and that is said.
      if (!program || !there) return this.skip();
      const own = join(folder, id);
      for (const [name, text] of Object.entries({ [program.file]: program.wrap(code), ...program.also })) {
        const path = join(own, name);
        spawnSync("mkdir", ["-p", join(path, "..")]);
        writeFileSync(path, text);
      }
      const run = (signature: string) => {
        const args = id === "go" ? options : [program.file];
        const env = { ...process.env, WEBHOOK_SECRET: secret, GOCACHE: join(folder, "go-cache"), GOFLAGS: "-mod=mod", GOPROXY: "off" };
        const { stdout, stderr } = spawnSync(tool, [...args, body, signature], { cwd: own, env, encoding: "utf8" });
        assert.equal(stderr, "", language);
        return stdout.trim().toLowerCase();
      };
      assert.deepEqual([run(good), run(bad)], ["true", "false"]);
    });
  }
});
