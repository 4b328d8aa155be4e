import assert from "node:assert/strict";
import { prettyMarkup } from "../../server/dashboard/shell/pretty-markup.ts";

describe("markup as people read it", () => {
  const lines = (text: string) => prettyMarkup(text)?.split("\n");

  it("puts a tag or a text on each line, indented by what holds it", () => {
    assert.deepEqual(lines("<html>\r\n<body><center>nginx</center><hr><p>It is <b>down</b></p></body></html>"), [
      "<html>",
      "  <body>",
      "    <center>nginx</center>",
      "    <hr>",
      "    <p>",
      "      It is",
      "      <b>down</b>",
      "    </p>",
      "  </body>",
      "</html>",
    ]);
  });

  it("takes XML, comments, CDATA and text that must stay as it is", () => {
    assert.deepEqual(lines('<?xml version="1.0"?><a><b/><!-- <c> --><![CDATA[<d>]]></a>'), [
      '<?xml version="1.0"?>',
      "<a>",
      "  <b/>",
      "  <!-- <c> -->",
      "  <![CDATA[<d>]]>",
      "</a>",
    ]);
    assert.deepEqual(lines("<div><pre> a\n  b</pre><script>if (a<b) {}</script></div>"), [
      "<div>",
      "  <pre> a",
      "  b</pre>",
      "  <script>if (a<b) {}</script>",
      "</div>",
    ]);
  });

  it("leaves alone what is no markup, and what would come out as mostly indentation", () => {
    assert.equal(prettyMarkup("Bad Gateway"), undefined);
    assert.equal(prettyMarkup("< 5 seconds"), undefined);
    assert.equal(prettyMarkup("<a>".repeat(20_000)), undefined);
  });

  it("loses nothing but blanks, whatever it is given", () => {
    const bare = (text: string) => text.replace(/\s/g, "");
    for (const text of ["<p", "<p>a</b></p></p>", "<!-- open", "<![CDATA[ open", "<pre>open", "</p>", "<a href='>'>x</a>", "<x><<y>>"]) {
      const pretty = prettyMarkup(text);
      assert.equal(bare(pretty ?? text), bare(text), text);
    }
  });
});
