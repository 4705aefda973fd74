/** The table of commands: what it says of each is what the command says of itself, and each is there when it is asked for. */
import { Command } from "commander";
import { expect, it } from "vitest";
import { commands } from "../src/cli/commands.js";
import { mdrIn } from "./fixtures/commands.js";

const mdr = async (...args: readonly string[]): Promise<string> => (await mdrIn(".")(...args)).printed;

const listedIn = (text: string): readonly string[] =>
  (/\nCommands:\n([\s\S]*?)\n(?:\n|$)/.exec(text)?.[1] ?? "").split(/\n(?= {2}\w)/).map((entry) => entry.replace(/\s+/g, " "));

it("the help text lists every command by its own words", async () => {
  const whole = new Command("mdr");
  for (const { load } of commands) (await load())(whole);
  const own = listedIn(whole.helpInformation());
  expect(own).toHaveLength(commands.length + 1);
  expect(listedIn(await mdr("--help"))).toEqual(own);
});

it.each(commands.map(({ usage }) => usage.split(" ")[0] ?? ""))("`mdr help %s` is what its --help is", async (name) => {
  const help = await mdr(name, "--help");
  expect(help).toMatch(new RegExp(`^Usage: mdr ${name} `));
  expect(help).toContain("-h, --help");
  expect(await mdr("help", name)).toBe(help);
});

it("a flag that is nearly right is answered with the one that is meant, in a line", async () => {
  const { code, said } = await mdrIn(".")("train", "--poled", "every");
  expect(code).toBe(2);
  expect(said).toMatch(/^error: unknown option '--poled' \(Did you mean --pooled\?\)$/m);
});
