/** What other modules may use of the files. */

export { arrangeFiles } from './arrange.ts';
export { attachNamed } from './attach-named.ts';
export { openBytes } from './bytes.ts';
export { checkFiles } from './check.ts';
export { moveFiles } from './move.ts';
export { presentFiles, presentPicture, presentPublic } from './present.ts';
export type { PurposeRules, Purposes, Viewer } from './purposes.ts';
export { filesNamed, filesOf, filesOfMany, picturesOf } from './read.ts';
export { forgetFilesOf, removePictureOf } from './remove.ts';
export { scanFile } from './scan.ts';
export { fileSweeps } from './sweeps.ts';
