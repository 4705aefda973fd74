/** How the camera was held: the one tag of a picture's EXIF data that changes what is seen. */

/** Ways to write a whole number, by TIFF's number for the type: bytes and how to read one. */
const wholeTypes: Readonly<Record<number, (view: DataView, at: number, littleEndian: boolean) => number>> = {
  1: (view, at) => view.getUint8(at),
  3: (view, at, littleEndian) => view.getUint16(at, littleEndian),
  4: (view, at, littleEndian) => view.getUint32(at, littleEndian),
  6: (view, at) => view.getInt8(at),
  8: (view, at, littleEndian) => view.getInt16(at, littleEndian),
  9: (view, at, littleEndian) => view.getInt32(at, littleEndian),
};

const littleEndianMark = 0x4949;
const bigEndianMark = 0x4d4d;
const orientationTag = 0x0112;

/**
 * The orientation, 1 to 8, of a TIFF directory as PNG's eXIf chunk holds it and JPEG's Exif segment behind its six bytes of name;
 * 1 where it says none. Of either byte order, the number written in any type of whole number: cameras write a short, programs others.
 */
export const tiffOrientation = (tiff: Uint8Array): number => {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 10) return 1;
  const mark = view.getUint16(0);
  const littleEndian = mark === littleEndianMark;
  if (!(littleEndian || mark === bigEndianMark)) return 1;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, littleEndian);
  for (let entry = 0; entry < entries; entry++) {
    const position = directory + 2 + 12 * entry;
    if (position + 12 > tiff.length) return 1;
    if (view.getUint16(position, littleEndian) !== orientationTag) continue;
    const read = wholeTypes[view.getUint16(position + 2, littleEndian)];
    const orientation = read?.(view, position + 8, littleEndian) ?? 1;
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
};

const exifName = [0x45, 0x78, 0x69, 0x66, 0, 0] as const;

/** The same of the content of a JPEG's APP1 segment; undefined where that is no Exif segment. */
export const exifOrientation = (content: Uint8Array): number | undefined =>
  exifName.every((byte, index) => content[index] === byte) ? tiffOrientation(content.subarray(exifName.length)) : undefined;
