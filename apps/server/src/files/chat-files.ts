import { AppError } from '../errors.ts';
import type { PurposeRules } from './purposes.ts';

/** What is sent with a message: uploaded first, and attached by the message that names it. */
export const chatFiles: PurposeRules = {
  kinds: ['image', 'pdf', 'document', 'text'],
  maximum: 10,
  objectOf: (_actor, given) => {
    if (given !== undefined)
      throw new AppError('conflict', 'Files of a chat are attached by the message that names them.');
    return null;
  },
  requirePlace: async () => {
    throw new AppError('conflict', 'Files of a chat are attached by the message that names them.');
  },
  mayRead: async () => false,
};
