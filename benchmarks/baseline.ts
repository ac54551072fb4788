/** The release whose POST of S1 the goal of this one is a share of. */
export const release = { name: '0.1.0', commit: '3569d73' }

/**
 * What that POST took as a multiple of the hand-written minimum's in the same rounds, and the share of it that is the goal.
 * To measure it again: build that commit (`npm run bench -- --help` says how), run `npm run bench -- S1 --against FOLDER`, and
 * read the `--against` row's «POST, × minimum».
 */
export const releasePost = { overMinimum: 1, share: 0.6 }
