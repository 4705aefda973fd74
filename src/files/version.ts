/** The version of this program: its package's, written here too, so that a bundle of it needs no other file. A test holds the two together. */
export const programVersion = "0.1.0";
