/** The data sets that others hand out, from small files of exactly their formats. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DatasetName, type Description, datasets, describeDataset, unexpected } from "../src/datasets/index.js";
import type { Fault } from "../src/faults/index.js";
import { csvRows } from "../src/files/index.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mdr-published-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string | Uint8Array = "picture"): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};

const described = (dataset: DatasetName, data = folder): E.Either<Fault, Description> => describeDataset({ data, dataset });

const right = <A>(either: E.Either<Fault, A>): A => (E.isLeft(either) ? expect.fail(either.left.message) : either.right);
const messageOf = (dataset: DatasetName): string => {
  const read = described(dataset);
  return E.isLeft(read) ? read.left.message : "no error";
};
const rowsOf = ({ items }: Description) => items.map(({ path, label, part }) => [path, label, part]);

describe("cub200", () => {
  const names = { 1: "001.Black_footed_Albatross", 100: "100.Brown_Pelican", 101: "101.White_Pelican", 200: "200.Common_Yellowthroat" };
  const paths = Object.values(names).flatMap((name) => [`${name}/a_1.jpg`, `${name}/b 2.jpg`]);
  const images = paths.map((path, index) => `${index + 1} ${path}`);
  const labels = paths.map((_, index) => `${index + 1} ${Object.keys(names)[Math.floor(index / 2)]}`);
  const write = (imageRows = images, labelRows = labels, end = "\n"): void => {
    put("CUB_200_2011/images.txt", imageRows.join(end) + end);
    put("CUB_200_2011/image_class_labels.txt", labelRows.join(end) + end);
  };
  beforeEach(() => {
    write();
    for (const path of paths) put(`CUB_200_2011/images/${path}`);
  });

  it("is described from its own folder or the one above: classes 1 to 100 train", () => {
    const description = right(described("cub200"));
    expect(description.root).toBe(join(folder, "CUB_200_2011"));
    expect(rowsOf(description)).toEqual(paths.map((path, index) => [`images/${path}`, dirname(path), index < 4 ? "train" : "test"]));
    expect(right(described("cub200", join(folder, "CUB_200_2011")))).toEqual(description);
    expect(unexpected(description)).toEqual([
      "train: 4 pictures of 2 classes are there, 5864 pictures of 100 classes are published",
      "test: 4 pictures of 2 classes are there, 5924 pictures of 100 classes are published",
    ]);
  });

  it("is the same with the line ends of Windows", () => {
    const before = right(described("cub200"));
    write(images, labels, "\r\n");
    expect(right(described("cub200"))).toEqual(before);
  });

  it("leaves out pictures that are not there, and says where all belong where none is", () => {
    rmSync(join(folder, "CUB_200_2011/images", paths[1] ?? ""));
    const { items, leftOut } = right(described("cub200"));
    expect(items).toHaveLength(7);
    expect(leftOut).toEqual([{ path: `images/${paths[1]}`, why: "is in the list and not in the folder" }]);
    rmSync(join(folder, "CUB_200_2011/images"), { recursive: true });
    expect(messageOf("cub200")).toMatch(/of the 8 pictures of its list none is there.*CUB_200_2011\.tgz belong here:\n.*images\.txt/);
    rmSync(join(folder, "CUB_200_2011"), { recursive: true });
    expect(messageOf("cub200")).toMatch(/there is no images\.txt: the files of CUB_200_2011\.tgz belong here/);
  });

  it("names what is wrong in its lists, and the line", () => {
    const wrong = (imageRows: readonly string[], labelRows: readonly string[]): string => {
      write([...imageRows], [...labelRows]);
      return messageOf("cub200");
    };
    expect(wrong([...images, "9"], labels)).toMatch(/images\.txt, line 9: is not of the form `image_id path`: "9"/);
    expect(wrong([...images, "1 x.jpg"], labels)).toMatch(/images\.txt, line 9: picture 1 is in line 1 already/);
    expect(wrong([...images, "9 x/y.jpg"], labels)).toMatch(/image_class_labels\.txt: has no class for picture 9/);
    expect(wrong(images, [...labels, "9 1"])).toMatch(/labels\.txt, line 9: images\.txt has no picture 9/);
    expect(wrong(images, labels.with(7, "8 201"))).toMatch(/labels\.txt, line 8: classes go from 1 to 200: "8 201"/);
    expect(wrong(images, labels.with(7, "8 1"))).toMatch(/line 8: class 1 is in the folders 001\.Black.* and 200\.Common/);
    expect(wrong(images, labels.with(6, "7 199"))).toMatch(/gives two classes to the pictures of one folder/);
    expect(
      wrong(images.with(0, "1 ../../001.Black_footed_Albatross/a.jpg").with(1, "2 ../../001.Black_footed_Albatross/b.jpg"), labels),
    ).toMatch(/line 1: the path .* leads out of the data's folder/);
    expect(wrong(images.with(1, `2 ${paths[0]}`), labels)).toMatch(/line 2: images\/.*a_1\.jpg is in line 1 already/);
  });
});

describe("cars196", () => {
  const golden = JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "matlab.json"), "utf8")) as {
    readonly cases: readonly { readonly name: string; readonly file: string }[];
  };
  const annos = (name: string): Uint8Array =>
    Uint8Array.from(Buffer.from(golden.cases.find((one) => one.name === name)?.file ?? "", "base64"));
  const names = ["AM General Hummer SUV 2000", "Acura RL Sedan 2012", "smart fortwo Convertible 2012"];

  it.each(["cars, compressed", "cars, plain"])("is described by its MATLAB file: classes 1 to 98 train (%s)", (name) => {
    put("cars_annos.mat", annos(name));
    for (let index = 1; index <= 15; index++) put(`car_ims/${String(index).padStart(6, "0")}.jpg`);
    const description = right(described("cars196"));
    expect(rowsOf(description)).toEqual(
      Array.from({ length: 15 }, (_, index) => {
        const number = 1 + ((14 * index) % 196);
        const label = `${String(number).padStart(3, "0")}.${names[(number - 1) % 3]} ${number}`;
        return [`car_ims/${String(index + 1).padStart(6, "0")}.jpg`, label, number <= 98 ? "train" : "test"];
      }),
    );
    expect(unexpected(description)[0]).toMatch(/^train: 8 pictures of 7 classes are there, 8054 pictures of 98 classes are published/);
  });

  it("says what its file lacks, and where its pictures belong", () => {
    expect(messageOf("cars196")).toMatch(/there is no cars_annos\.mat: the files of Cars-196 .* belong here/);
    put("cars_annos.mat", annos("every kind, compressed"));
    expect(messageOf("cars196")).toMatch(/`annotations` should be a struct array, and there is no variable of that name/);
    put("cars_annos.mat", annos("cars, plain"));
    expect(messageOf("cars196")).toMatch(/of the 15 pictures of its list none is there, such as car_ims\/000001\.jpg/);
    put("cars_annos.mat", new Uint8Array((1 << 24) + 1));
    expect(messageOf("cars196")).toMatch(/cars_annos\.mat: is larger than 16 MiB/);
  });
});

describe("sop", () => {
  const heading = "image_id class_id super_class_id path";
  const train = ["1 1 1 bicycle_final/111_0.JPG", "2 1 1 bicycle_final/111_1.JPG", "3 2 1 bicycle_final/112_0.JPG"];
  const test = ["59552 11319 1 bicycle_final/251_0.JPG", "59553 11319 1 bicycle_final/251_1.JPG"];
  const write = (trainRows: readonly string[], testRows: readonly string[]): void => {
    put("Stanford_Online_Products/Ebay_train.txt", trainRows.join("\n"));
    put("Stanford_Online_Products/Ebay_test.txt", testRows.join("\n"));
  };
  beforeEach(() => {
    write([heading, ...train], [heading, ...test]);
    for (const row of [...train, ...test]) put(`Stanford_Online_Products/${row.split(" ")[3]}`);
  });

  it("is described by its two lists, classes by number", () => {
    const description = right(described("sop"));
    expect(rowsOf(description)).toEqual([
      ["bicycle_final/111_0.JPG", "1", "train"],
      ["bicycle_final/111_1.JPG", "1", "train"],
      ["bicycle_final/112_0.JPG", "2", "train"],
      ["bicycle_final/251_0.JPG", "11319", "test"],
      ["bicycle_final/251_1.JPG", "11319", "test"],
    ]);
    expect(unexpected(description).join()).toMatch(/59551 pictures of 11318 classes.*60502 pictures of 11316 classes/);
    expect(right(described("sop", join(folder, "Stanford_Online_Products")))).toEqual(description);
  });

  it("names what is wrong in its lists, and the line", () => {
    write(train, [heading, ...test]);
    expect(messageOf("sop")).toMatch(/Ebay_train\.txt: does not begin with the line `image_id class_id super_class_id path`/);
    write([heading, ...train, "4 x"], [heading, ...test]);
    expect(messageOf("sop")).toMatch(/Ebay_train\.txt, line 5: is not of the form/);
    write([heading, ...train], [heading, ...test, "59554 11320 1 bicycle_final/111_0.JPG"]);
    expect(messageOf("sop")).toMatch(/Ebay_test\.txt, line 4: bicycle_final\/111_0\.JPG is in Ebay_train\.txt, line 2 already/);
    write([heading, "1 1 1 ../secret.JPG"], [heading, ...test]);
    expect(messageOf("sop")).toMatch(/line 2: the path "\.\.\/secret\.JPG" leads out of the data's folder/);
    rmSync(join(folder, "Stanford_Online_Products/Ebay_test.txt"));
    write([heading, ...train], []);
    expect(messageOf("sop")).toMatch(/Ebay_test\.txt: does not begin/);
  });
});

describe("inshop", () => {
  const path = (item: string, file: string): string => `img/WOMEN/Dresses/${item}/${file}.jpg`;
  const rows: readonly (readonly [string, string, string])[] = [
    [path("id_00000002", "02_1_front"), "id_00000002", "train"],
    [path("id_00000002", "02_2_side"), "id_00000002", "train"],
    [path("id_00000001", "01_1_front"), "id_00000001", "query"],
    [path("id_00000001", "01_2_side"), "id_00000001", "gallery"],
  ];
  const columns = rows.map(([file, item, part]) => `${file.padEnd(70)} ${item} ${part.padEnd(10)}`);
  const write = (lines: readonly string[], place = "list_eval_partition.txt"): void => put(place, `${lines.join("\n")}\n`);
  const whole = ["4", "image_name item_id evaluation_status", ...columns];

  it.each([
    ["list_eval_partition.txt", ""],
    ["Eval/list_eval_partition.txt", "Img/"],
  ])("is described by its list of three parts, wherever its archives put it (%s)", (place, prefix) => {
    write(whole, place);
    for (const [file] of rows) put(`${prefix}${file}`);
    const description = right(described("inshop"));
    expect(rowsOf(description)).toEqual(rows.map(([file, item, part]) => [`${prefix}${file}`, item, part]));
    expect(unexpected(description).map((line) => line.split(":")[0])).toEqual(["train", "query", "gallery"]);
    expect(unexpected(description).join()).toMatch(/25882 pictures of 3997.*14218 pictures of 3985.*12612 pictures of 3985/);
  });

  it("names what is wrong in its list, and the line", () => {
    for (const [file] of rows) put(file);
    const wrong = (lines: readonly string[]): string => {
      write(lines);
      return messageOf("inshop");
    };
    expect(messageOf("inshop")).toMatch(/there is no list_eval_partition\.txt: the files of In-Shop/);
    expect(wrong(whole.slice(0, -1))).toMatch(/should begin with the number of its pictures, 3, and begins with "4"/);
    expect(wrong(whole.with(1, "name id status"))).toMatch(/does not begin with the line `image_name item_id evaluation_status`/);
    expect(wrong(whole.with(5, "img/x.jpg id_00000001 test"))).toMatch(
      /line 6: is not of the form `image_name item_id train\|query\|gallery`/,
    );
    expect(wrong(whole.with(5, whole[4] ?? ""))).toMatch(/line 6: img\/.* is in line 5 already/);
    expect(wrong(["0", "image_name item_id evaluation_status"])).toMatch(/its list names no picture/);
  });
});

it("every data set that is handed out says what it is called and what it publishes", () => {
  const handed = Object.entries(datasets).filter(([, { handout }]) => handout !== undefined);
  expect(handed.map(([name]) => name)).toEqual(["cars196", "cub200", "inshop", "sop"]);
  for (const [, { handout }] of handed) {
    expect(handout?.layout.length).toBeGreaterThan(1);
    for (const { md5 } of handout?.archives ?? []) expect(md5).toMatch(/^[0-9a-f]{32}$/);
  }
});

describe("list", () => {
  const write = (text: string, place = "list.csv"): void => put(place, text);
  const named = ["a 1", "a 2", "b 1", "b 2", "c 1", "c 2", "d 1", "d 2"].map((name) => name.split(" "));
  const pathOf = ([label, number]: readonly string[]): string => `pictures/${label}, ${number}.jpg`;
  beforeEach(() => {
    for (const name of named) put(pathOf(name));
  });
  const wrong = (text: string): string => {
    write(text);
    return messageOf("list");
  };

  it("without parts is divided as class folders are, wherever its columns stand", () => {
    write(
      `\uFEFFlabel,path\r\n${named
        .toReversed()
        .map((name) => `${name[0]},"${pathOf(name)}"`)
        .join("\r\n")}\r\n\r\n`,
    );
    const description = right(described("list"));
    expect(description.root).toBe(folder);
    expect(rowsOf(description)).toEqual(
      [1, 0, 3, 2, 5, 4, 7, 6]
        .map((index) => named[index] ?? [])
        .map((name) => [pathOf(name), name[0], (name[0] ?? "") < "c" ? "train" : "test"]),
    );
    const all = right(describeDataset({ data: join(folder, "list.csv"), dataset: "list", trainShare: 0.8 }));
    expect(all.items.filter(({ part }) => part === "train")).toHaveLength(6);
  });

  it("with parts is divided as it says: a gallery is searched by queries", () => {
    const parts = ["train", "train", "train", "train", "query", "gallery", "query", "gallery"];
    write(`path,label,part\n${named.map((name, index) => `"${pathOf(name)}",${name[0]},${parts[index]}`).join("\n")}`, "own/list.csv");
    for (const name of named) put(`own/${pathOf(name)}`);
    const description = right(described("list", join(folder, "own/list.csv")));
    expect(rowsOf(description)).toEqual(named.map((name, index) => [pathOf(name), name[0], parts[index]]));
    expect(description.partWarnings).toEqual([]);
  });

  it("says which classes train and test, and what is not there", () => {
    write('path,label,part\n"pictures/a, 1.jpg",a,train\n"pictures/a, 2.jpg",a,test\npictures/gone.jpg,b,test\n');
    const { items, leftOut, partWarnings } = right(described("list"));
    expect(items).toHaveLength(2);
    expect(leftOut).toEqual([{ path: "pictures/gone.jpg", why: "is in the list and not in the folder" }]);
    expect(partWarnings).toEqual([expect.stringMatching(/^1 class\(es\) train and test, by other pictures:\n +a$/)]);
  });

  it("names what is wrong in it, and the line", () => {
    const first = '"pictures/a, 1.jpg",a';
    expect(messageOf("list")).toMatch(/list\.csv: cannot be read: no such file.*columns path, label and, where/);
    expect(wrong("")).toMatch(/has no column path and no column label in its first line: the list is a CSV/);
    expect(wrong("path,label,parts\n")).toMatch(/has a column "parts" that means nothing here; did you mean "part"\?/);
    expect(wrong("path,label,label\n")).toMatch(/has a column twice/);
    expect(wrong("path,label\n")).toMatch(/its list names no picture/);
    expect(wrong(`path,label,part\n${first},train\n"pictures/a, 2.jpg",a,tset\n`)).toMatch(
      /line 3: has the part "tset"; did you mean "test"\?/,
    );
    expect(wrong(`path,label,part\n${first},\n`)).toMatch(/line 2: has the part ""/);
    expect(wrong(`path,label\n${first}\nx.jpg,\n`)).toMatch(/line 3: has a picture without a label/);
    expect(wrong(`path,label\n${first},b\n`)).toMatch(/line 2: has 3 fields where the header has 2/);
    expect(wrong(`path,label\n${first}\n\n${first}\n`)).toMatch(/line 4: pictures\/a, 1\.jpg is in line 2 already/);
    expect(wrong('path,label\n"one\nof two lines.jpg",a\n../x.jpg,a\n')).toMatch(
      /line 4: the path "\.\.\/x\.jpg" leads out of the data's folder/,
    );
    for (const path of ["/etc/x.jpg", "C:\\x.jpg", "a/../../x.jpg", "a\\..\\..\\x.jpg", ""])
      expect(wrong(`path,label\n"${path}",a\n`)).toMatch(/leads out of the data's folder/);
    expect(wrong("path,label\n./x.jpg,a\n")).toMatch(/is written in a roundabout way \(x\.jpg is meant\)/);
    expect(wrong('path,label\n"x.jpg,a\n')).toMatch(/line 2: has a quote that is never closed/);
    expect(wrong('path,label\nx".jpg,a\n')).toMatch(/line 2: has a quote within a field/);
    expect(wrong('path,label\n"x"y.jpg,a\n')).toMatch(/line 2: has text behind a closing quote/);
    expect(wrong(`path,label,part\n${first},query\n"pictures/a, 2.jpg",a,test\n`)).toMatch(
      /has the parts query, test: give what is searched/,
    );
    expect(messageOf("list")).toMatch(/query and gallery/);
  });

  it("takes two quotes within quotes for one", () => {
    expect(csvRows('"a ""b"", c",d\n', "x")).toEqual(E.right([{ line: 1, fields: ['a "b", c', "d"] }]));
  });

  it("is read as any program writes CSV", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", " ", "é") });
    const rows = fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    const written = (cell: string, quotes: boolean): string => (quotes || /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    fc.assert(
      fc.property(rows, fc.constantFrom("\n", "\r\n"), fc.boolean(), fc.boolean(), (cells, end, quotes, last) => {
        const file = cells.map((row) => row.map((cell) => written(cell, quotes)).join(",")).join(end) + (last ? end : "");
        expect(right(csvRows(file, "x")).map(({ fields }) => fields)).toEqual(cells);
      }),
    );
  });
});
