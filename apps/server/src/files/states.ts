/** In these a file is there for its uploader. */
export const shown = ['pending', 'available', 'rejected'] as const;
