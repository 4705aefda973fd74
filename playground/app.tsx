/** The page: what runs and how it goes on the left or above, what it is made of beside or below. */
import { type Signal, useSignal } from "@preact/signals";
import { EnginePanel } from "./controls/engine.js";
import { Choice } from "./controls/fields.js";
import { Methods } from "./controls/methods.js";
import { Settings } from "./controls/settings.js";
import { Shortcuts } from "./controls/shortcuts.js";
import { Transport } from "./controls/transport.js";
import { CopyLink } from "./copyLink.js";
import { DataPanel } from "./data/data.js";
import { DownloadPanel } from "./download.js";
import { Term } from "./explain/term.js";
import { Faults } from "./faults.js";
import { SearchPanel } from "./search.js";
import { type Tools, ToolsContext, useStore } from "./store/use.js";
import { Tour, TourButton } from "./tour/index.js";
import { CurvesView, Standings } from "./views/curves.js";
import { type Arrows, DistancesView } from "./views/distances.js";
import { PlaneView } from "./views/plane.js";
import type { MapLook } from "./views/planePaint.js";

const arrowKinds: readonly { readonly value: Arrows; readonly title: string }[] = [
  { value: "whole", title: "of the whole objective" },
  { value: "regularizer", title: "of the regularizer alone" },
  { value: "none", title: "not shown" },
];

const parts: readonly { readonly value: MapLook["part"]; readonly title: string }[] = [
  { value: "both", title: "all classes" },
  { value: "train", title: "seen classes" },
  { value: "unseen", title: "unseen classes" },
];

const Distances = () => {
  const { racers } = useStore();
  const arrows = useSignal<Arrows>("whole");
  return (
    <section id="distances" class="panel" aria-labelledby="distances-title">
      <div class="head">
        <h2 id="distances-title">Distances of a batch</h2>
        <Choice label="Pulls" term="pull" value={arrows.value} options={arrowKinds} onChoose={(value) => (arrows.value = value)} />
      </div>
      <div class={`racers of-${racers.value.length}`}>
        {racers.value.map((racer) => (
          <article key={racer.id} aria-label={racer.title}>
            {racers.value.length > 1 && <h3>{racer.title}</h3>}
            <DistancesView racer={racer} arrows={arrows.value} />
          </article>
        ))}
      </div>
      <p class="axis-name">
        Across: the <Term of="d-bar">normalised distance</Term> <Term of="d-bar" /> of a pair, and below it its{" "}
        <Term of="distance">distance</Term>. Arrows: which way it is <Term of="pull">pulled</Term>.
      </p>
    </section>
  );
};

const Embeddings = () => {
  const { racers } = useStore();
  const part = useSignal<MapLook["part"]>("both");
  const pictures = useSignal(true);
  const arrows = useSignal(true);
  return (
    <section id="plane" class="panel" aria-labelledby="plane-title">
      <div class="head">
        <h2 id="plane-title">Map of embeddings</h2>
        <Choice label="Show" value={part.value} options={parts} onChoose={(value) => (part.value = value)} />
        <label class="check">
          <input type="checkbox" checked={pictures.value} onChange={({ currentTarget }) => (pictures.value = currentTarget.checked)} />{" "}
          pictures
        </label>
        <label class="check">
          <input type="checkbox" checked={arrows.value} onChange={({ currentTarget }) => (arrows.value = currentTarget.checked)} /> arrows
        </label>
      </div>
      <div class={`racers of-${racers.value.length}`}>
        {racers.value.map((racer) => (
          <article key={racer.id} aria-label={racer.title}>
            {racers.value.length > 1 && <h3>{racer.title}</h3>}
            <PlaneView racer={racer} look={{ part: part.value, pictures: pictures.value, arrows: arrows.value }} />
          </article>
        ))}
      </div>
      <p class="axis-name">
        <Term of="embedding">Embeddings</Term>: squares and filled marks are of <Term of="seen class">seen classes</Term>, round and hollow
        ones of <Term of="unseen class">unseen classes</Term>. Arrows: where the <Term of="arrow">gradient</Term> moves them.
      </p>
    </section>
  );
};

const Curves = () => (
  <section id="curves" class="panel" aria-labelledby="curves-title">
    <h2 id="curves-title">How it goes</h2>
    <Standings />
    <CurvesView />
  </section>
);

export const App = ({ tools, tour }: { readonly tools: Tools; readonly tour: Signal<number | undefined> }) => {
  const { racers } = tools.store;
  return (
    <ToolsContext.Provider value={tools}>
      <a class="skip" href="#distances">
        To the distances
      </a>
      <header class="top">
        <div>
          <h1>Distances find their levels</h1>
          <p class="quiet">
            A network learns in this page which pictures are alike. Watch <Term of="MDR" /> draw its distances to a few levels, and see what
            that does for classes it has never seen.
          </p>
        </div>
        <div class="row">
          <TourButton at={tour} />
          <CopyLink />
        </div>
      </header>
      <Faults />
      <main class="layout">
        <div class="stage">
          <Methods />
          <Transport />
          <Distances />
          <div class={`two of-${racers.value.length}`}>
            <Embeddings />
            <Curves />
          </div>
          <DataPanel />
          <div class="two">
            <SearchPanel />
            <DownloadPanel />
          </div>
        </div>
        <div class="side">
          <Settings />
          <EnginePanel />
          <Shortcuts />
        </div>
      </main>
      <Tour at={tour} />
    </ToolsContext.Provider>
  );
};
