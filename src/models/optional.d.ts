/** Installed by whoever wants it; where it is not, importing it fails. */
declare module "onnxruntime-node" {
  const runtime: unknown;
  export default runtime;
}
