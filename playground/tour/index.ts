/** The guided tour: its steps, what they ask of the page, and their card. */
export { guide } from "./guide.js";
export { tourSteps } from "./steps.js";
export { Tour, TourButton } from "./tour.js";
