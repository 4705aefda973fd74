/** How Chromium is started: with WebGPU and WebGL on a machine without a graphics card. */
import { type Browser, chromium } from "playwright-core";
import { executablePath } from "../../bench/chromium.js";

const args = [
  "--headless=new",
  "--no-sandbox",
  "--disable-dev-shm-usage",
  // WebGPU and WebGL on a machine without a graphics card.
  "--enable-unsafe-webgpu",
  "--enable-unsafe-swiftshader",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  // Without them a pipeline is compiled once for its parts and once whole, for speed in drawing: of each here a few draws are wanted.
  "--disable-angle-features=warmUpPipelineCacheAtLink,supportsGraphicsPipelineLibrary,preferMonolithicPipelinesOverLibraries",
  // A webcam that shows a turning disc, and leave to look.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // Nothing that reaches for the network or asks questions.
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args });
