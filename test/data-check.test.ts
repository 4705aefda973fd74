/** `mdr data check`: counts against what is published, files against their list, archives against their checksums. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mdrData } from "./fixtures/commands.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mdr-check-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content = "picture"): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};

interface Found {
  readonly complete: boolean;
  readonly parts: readonly { readonly part: string; readonly pictures: number; readonly classes: number; readonly published?: object }[];
  readonly leftOut: readonly { readonly path: string }[];
  readonly unlabelled: readonly string[];
  readonly archives: readonly { readonly md5: string; readonly published: string }[];
  readonly absent: readonly string[];
}

const checked = async (name: string) => {
  const { code, printed } = await mdrData("check", name, folder, "--json");
  return { code, found: JSON.parse(printed) as Found };
};

/** As many pictures and classes as CUB-200-2011 has, the files without content. */
const wholeCub = (): void => {
  // 41 classes of 58 and 59 of 59 make 5,859; the last five of the first hundred have one more. The other hundred: 76 of 59, 24 of 60.
  const sizes = Array.from({ length: 200 }, (_, at) => (at < 100 ? (at < 41 ? 58 : 59) + (at >= 95 ? 1 : 0) : at < 176 ? 59 : 60));
  const rows = sizes.flatMap((size, at) =>
    Array.from({ length: size }, (_, index) => [`${String(at + 1).padStart(3, "0")}.Bird/${index}.jpg`, at + 1] as const),
  );
  for (const [path] of rows) put(`images/${path}`, "");
  put("images.txt", rows.map(([path], index) => `${index + 1} ${path}`).join("\n"));
  put("image_class_labels.txt", rows.map(([, number], index) => `${index + 1} ${number}`).join("\n"));
};

describe("mdr data check", () => {
  it("finds a whole data set whole, and each thing that is not as published", async () => {
    wholeCub();
    const { code, found } = await checked("cub200");
    expect(found).toMatchObject({ complete: true, leftOut: [], unlabelled: [], archives: [], absent: ["CUB_200_2011.tgz"] });
    expect(found.parts).toEqual([
      { part: "train", pictures: 5864, classes: 100, published: { pictures: 5864, classes: 100 } },
      { part: "test", pictures: 5924, classes: 100, published: { pictures: 5924, classes: 100 } },
    ]);
    expect(code).toBe(0);

    put("images/200.Bird/strange.jpg");
    expect(await checked("cub200")).toMatchObject({ code: 0, found: { complete: true, unlabelled: ["images/200.Bird/strange.jpg"] } });

    put("CUB_200_2011.tgz", "hi\n");
    const archive = await checked("cub200");
    expect(archive).toMatchObject({ code: 1, found: { complete: false, absent: [] } });
    // The MD5 of "hi" and a line feed, by md5sum.
    expect(archive.found.archives).toEqual([
      {
        path: join(folder, "CUB_200_2011.tgz"),
        md5: "764efa883dda1e11db47671c4a3bbd9e",
        published: "97eceeb196236b17998738112f37df78",
      },
    ]);
    rmSync(join(folder, "CUB_200_2011.tgz"));

    rmSync(join(folder, "images/001.Bird/3.jpg"));
    const missing = await mdrData("check", "cub200", folder);
    expect(missing.code).toBe(1);
    expect(missing.printed).toMatch(/train +5863 +100 +5864 +100\n/);
    expect(missing.printed).toMatch(/1 missing or of no use:\n +images\/001\.Bird\/3\.jpg: is in the list and not in the folder/);
    expect(missing.said).toMatch(/1 missing or of no use: the files of CUB_200_2011\.tgz belong here:\n +\S+images\.txt/);
  });

  it("says where a data set belongs that is not there, and which there are", async () => {
    expect(await mdrData("check", "sop", folder)).toMatchObject({ code: 1, printed: "", said: expect.stringMatching(/Ebay_train\.txt/) });
    expect(await mdrData("check", "soap", folder)).toMatchObject({ code: 2, said: expect.stringMatching(/did you mean "sop"\?/) });
  });

  it("checks folders and lists of one's own by what divides them", async () => {
    for (const name of ["a", "b", "c", "d"]) for (const file of ["1.jpg", "2.jpg"]) put(`${name}/${file}`);
    const shares = await mdrData("check", "folders", folder, "--train-share", "0.75");
    expect([shares.code, shares.printed]).toEqual([0, expect.stringMatching(/train +6 +3 +- +-\ntest +2 +1 +- +-/)]);
    put("list.csv", "path,label,part\na/1.jpg,a,train\na/2.jpg,a,train\nb/1.jpg,b,train\nb/2.jpg,b,test\nc/3.jpg,c,test\n");
    const { code, found } = await checked("list");
    expect(code).toBe(1);
    expect(found).toMatchObject({ leftOut: [{ path: "c/3.jpg" }], unlabelled: ["c/1.jpg", "c/2.jpg", "d/1.jpg", "d/2.jpg"] });
    expect(found).toMatchObject({ remarks: [expect.stringMatching(/^1 class\(es\) train and test, by other pictures/)] });
  });
});
