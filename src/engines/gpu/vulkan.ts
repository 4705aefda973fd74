/**
 * Whether there is a Vulkan driver for Dawn to find, on Linux. Where there is none Dawn says so on the error output,
 * which nothing can turn off (its environment variables are about debugging), so it is asked only where it may succeed.
 */

/** Where Vulkan's loader looks for the manifests of drivers, beside those that the environment names. */
const manifestFolders = (environment: Readonly<Record<string, string | undefined>>): readonly string[] => {
  const { HOME = "", XDG_CONFIG_HOME, XDG_CONFIG_DIRS, XDG_DATA_HOME, XDG_DATA_DIRS } = environment;
  return [
    XDG_CONFIG_HOME ?? `${HOME}/.config`,
    ...(XDG_CONFIG_DIRS ?? "/etc/xdg").split(":"),
    "/etc",
    "/usr/local/etc",
    XDG_DATA_HOME ?? `${HOME}/.local/share`,
    ...(XDG_DATA_DIRS ?? "/usr/local/share:/usr/share").split(":"),
    "/run/opengl-driver/share",
  ].map((folder) => `${folder}/vulkan/icd.d`);
};

/** The system's loader finds the library; what Node says of one that is no addon tells. */
const loads = (name: string): boolean => {
  try {
    process.dlopen({ exports: {} }, name);
    return true;
  } catch (thrown) {
    return /self-register/.test(String(thrown));
  }
};

/** Why Dawn would find no adapter, or null where it is worth asking. A graphics device without a manifest is worth it. */
export const vulkanProblem = async (): Promise<string | null> => {
  if (typeof process === "undefined" || process.platform !== "linux") return null;
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "node:fs";
  const { existsSync } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs");
  if (!loads("libvulkan.so.1")) return "Vulkan's loader, libvulkan.so.1, is not installed";
  const { env } = process;
  const named = [env["VK_DRIVER_FILES"], env["VK_ICD_FILENAMES"], env["VK_ADD_DRIVER_FILES"]].some((files) => files !== undefined);
  const places = [...manifestFolders(env), "/dev/dri", "/dev/nvidia0", "/dev/dxg"];
  return named || places.some((place) => existsSync(place)) ? null : "no Vulkan driver is installed";
};
