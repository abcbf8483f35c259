/**
 * Where this program was built from. In a checkout and on JSR nothing is said; what a release
 * compiles or packs has this file written anew.
 *
 * @module
 */

/** What a build says of itself. */
export interface Build {
  /** The commit it was made from. */
  readonly commit?: string;
  /** What it was made as: an executable for a platform, or the npm package. */
  readonly target?: string;
}

/** This build. */
export const BUILD: Build = {};
