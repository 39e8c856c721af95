import { AppError } from '../errors.ts';

/** Whether the system refused to write because the disk, or what this user may have of it, is used up. */
export const isNoSpace = (error: unknown): boolean =>
  error instanceof Error && ['ENOSPC', 'EDQUOT'].includes((error as { code?: string }).code ?? '');

export const storageFull = (cause: unknown): AppError =>
  new AppError('storage_full', 'There is no space left to keep this file.', { cause });
