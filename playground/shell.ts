/** The page's own start beside its program: it keeps itself for use without a network, and a version that waits takes over before anything has begun. */

const keep = async (): Promise<void> => {
  const { controller } = navigator.serviceWorker;
  const registration = await navigator.serviceWorker.register("service.js");
  if (registration.waiting === null || controller === null) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  registration.waiting.postMessage("take over");
};

// Only a page of a secure address has it; where it fails, as in a private window, the page works all the same while there is a network.
if ("serviceWorker" in navigator) keep().catch(() => undefined);
