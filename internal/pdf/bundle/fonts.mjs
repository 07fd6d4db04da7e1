// Makes the fonts of paper: the compiler reads neither woff2 nor variable
// fonts, so each cut it needs is fixed from the variable font of the web and
// written as TrueType. Run by bundle, with the folder to write to.
//
// The first number of a name is the turn in which the compiler sees the font:
// of two files of one family and one cut, the first serves and the second,
// with the rarer letters, is asked for what the first lacks.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import subset from "subset-font";

const out = process.argv[2];
const fontsource = "node_modules/@fontsource-variable/";

// codes are the letters of the fixed-width font: it sets nothing else.
const codes = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-\u2013 \u00a0\u202f";

const cuts = [
  { name: "11-title", family: "Bricolage Grotesque", from: "bricolage-grotesque", file: "standard", ranges: ["latin", "latin-ext"], axes: { opsz: 24, wdth: 87.5, wght: 680 } },
  { name: "12-small-title", family: "Bricolage Grotesque", from: "bricolage-grotesque", file: "standard", ranges: ["latin", "latin-ext"], axes: { opsz: 14, wdth: 100, wght: 640 } },
  { name: "21-text", family: "Atkinson Hyperlegible Next", from: "atkinson-hyperlegible-next", file: "wght", ranges: ["latin", "latin-ext"], axes: { wght: 400 } },
  { name: "22-strong", family: "Atkinson Hyperlegible Next", from: "atkinson-hyperlegible-next", file: "wght", ranges: ["latin", "latin-ext"], axes: { wght: 650 } },
  { name: "31-code", family: "Atkinson Hyperlegible Mono", from: "atkinson-hyperlegible-mono", file: "wght", ranges: ["latin"], axes: { wght: 600 }, letters: codes },
  { name: "41-paper", family: "Literata", from: "literata", file: "opsz", ranges: ["latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek"], axes: { opsz: 11, wght: 400 } },
  { name: "42-paper-strong", family: "Literata", from: "literata", file: "opsz", ranges: ["latin", "latin-ext"], axes: { opsz: 11, wght: 650 } },
];

for (const cut of cuts) {
  for (const [turn, range] of cut.ranges.entries()) {
    const woff2 = await readFile(join(fontsource, cut.from, "files", `${cut.from}-${range}-${cut.file}-normal.woff2`));
    const how = { targetFormat: "truetype", variationAxes: cut.axes, noHinting: true };
    if (!cut.letters) how.keepAllGlyphs = true;
    const ttf = rename(await subset(woff2, cut.letters ?? "", how), cut.family, cut.name);
    await writeFile(join(out, `${cut.name}-${turn}-${range}.ttf`), ttf);
  }
}

// rename gives a font the name of its family: a fixed cut keeps the name of
// the corner of the design it comes from ("Bricolage Grotesque 96pt
// ExtraBold"). The copyright and the version stay.
function rename(font, family, name) {
  const entry = tables(font).find((t) => t.tag === "name");
  const records = names(font, entry.offset).filter((r) => [0, 5, 13, 14].includes(r.id));
  const cut = name.slice(3);
  records.push({ id: 1, text: family }, { id: 2, text: "Regular" }, { id: 4, text: `${family} ${cut}` });
  records.push({ id: 6, text: `${family.replaceAll(" ", "")}-${cut}` });
  records.sort((a, b) => a.id - b.id);

  const strings = records.map((r) => Buffer.from(r.text, "utf16le").swap16());
  const head = Buffer.alloc(6 + 12 * records.length);
  head.writeUInt16BE(records.length, 2);
  head.writeUInt16BE(head.length, 4);
  let at = 0;
  records.forEach((r, i) => {
    [3, 1, 0x409, r.id, strings[i].length, at].forEach((v, j) => head.writeUInt16BE(v, 6 + 12 * i + 2 * j));
    at += strings[i].length;
  });
  const table = Buffer.concat([head, ...strings]);
  const start = Math.ceil(font.length / 4) * 4;
  const out = Buffer.concat([font, Buffer.alloc(start - font.length), table]);
  out.writeUInt32BE(start, entry.at + 8);
  out.writeUInt32BE(table.length, entry.at + 12);
  return out;
}

// tables lists the tables of a font: their tag, where the directory names
// them and where they are.
function tables(font) {
  return Array.from({ length: font.readUInt16BE(4) }, (_, i) => {
    const at = 12 + 16 * i;
    return { tag: font.toString("latin1", at, at + 4), at, offset: font.readUInt32BE(at + 8) };
  });
}

// names reads the Windows names of the table at an offset.
function names(font, offset) {
  const all = [];
  for (let i = 0; i < font.readUInt16BE(offset + 2); i++) {
    const [platform, , , id, length, at] = Array.from({ length: 6 }, (_, j) => font.readUInt16BE(offset + 6 + 12 * i + 2 * j));
    if (platform !== 3) continue;
    const start = offset + font.readUInt16BE(offset + 4) + at;
    all.push({ id, text: Buffer.from(font.subarray(start, start + length)).swap16().toString("utf16le") });
  }
  return all;
}
