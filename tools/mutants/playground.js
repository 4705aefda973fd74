// The playground's address and its tour, broken one at a time: what a link forgets, what going back does twice, what a step sets going.
// Files are seen from src/, as in the other lists.

const address = (part) => ["test/playground-address.test.ts", "-t", part];
const tour = ["test/playground-tour.test.ts"];
const explained = ["test/playground-terms.test.ts", "-t", "marks"];

const share = "../playground/share.ts";
const guide = "../playground/tour/guide.ts";

const broken = [
  ["a race left out of the address", share, 'race ? { race: "on" } : {}', "{}", address("an address")],
  ["a step that the tour does not have", share, "step <= steps", "step <= steps + 1", address("an address")],
  ["any word taken for a race", share, 'race !== undefined && race !== "on"', "false", address("an address")],
  [
    "every change an entry of its own",
    share,
    "settling = setTimeout(() => write(shared), settles);",
    "write(shared);",
    address("drawn along"),
  ],
  ["an entry for what is as it was", share, "if (search !== location.search) ", "", address("drawn along")],
  ["a run begun anew that runs already", share, "if (toQuery(held.choices.value) !== toQuery(choices)) ", "", address("goes back")],
  ["going back leaves the race", share, "held.race.value = race;", "", address("goes back")],
  ["going back leaves the tour where it is", share, "held.tour.value = tour;", "", address("goes back")],
  ["an address that cannot be, in silence", share, "if (E.isLeft(read)) complain(read.left);", "", address("cannot be")],
  ["an address kept after its end", share, 'removeEventListener("popstate", restore);', "", address("cannot be")],
  ["a step that only shows sets the run going", guide, "step?.plays ? step : undefined", "step", tour],
  ["the former run set going", guide, "!runs(page, step) || ", "", tour],
  ["a visitor's pause undone", guide, "      waiting.value = undefined;\n      if", "      if", tour],
  ["a run begun anew that is wanted as it is", guide, "!wants.race && chosen !== methodTitles[wants.method]", "!wants.race", tour],
  ["no race where one is wanted", guide, "race.value = wants.race;", "", tour],
  ["a link to the top of the file", "../playground/explain/marks.ts", "#${markOf(name)}", "", explained],
];

export const playground = broken.map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
