import { z } from 'zod';
import { idOf, Timestamp } from './fields.ts';

/** What is shown of uploaded files. */

export const filePurposes = ['profile', 'portfolio', 'job', 'proof', 'evidence', 'chat'] as const;
export const FilePurpose = z.enum(filePurposes).meta({
  id: 'FilePurpose',
  description:
    "profile: one's picture · portfolio: what a contractor has done · job: what a customer shows of a job · proof: that the work was done · evidence: in a dispute · chat: attached to a message",
  examples: ['job'],
});
export type FilePurpose = z.infer<typeof FilePurpose>;

export const fileStates = ['pending', 'available', 'rejected'] as const;
export const FileState = z.enum(fileStates).meta({
  id: 'FileState',
  description: 'pending: being scanned, nobody can fetch it yet · rejected: the scan found something',
  examples: ['available'],
});
export type FileState = z.infer<typeof FileState>;

export const FileVariant = z.enum(['small', 'large']).meta({
  id: 'FileVariant',
  description: 'a thumbnail of a picture: at most 256 pixels (small) or 1024 pixels (large) wide and high',
  examples: ['small'],
});
export type FileVariant = z.infer<typeof FileVariant>;

export const FileName = z
  .string()
  .regex(/^fil_[0-9A-Za-z]{22}\.[a-z]{3,4}$/, 'must be the filename of an upload')
  .meta({ description: 'ours, opaque', examples: ['fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg'] });

const url = (what: string) =>
  z.string().meta({
    description: `${what}. Fetched without a token; that of a file which is not public works for five minutes, for its reader alone.`,
  });

export const Picture = z
  .object({
    filename: FileName,
    url: url('the picture'),
    small: url('at most 256 pixels wide and high'),
    large: url('at most 1024 pixels wide and high'),
    placeholder: z.string().meta({ description: 'a few blurred pixels as a data: URL, to show meanwhile' }),
  })
  .meta({
    id: 'Picture',
    examples: [
      {
        filename: 'fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg',
        url: '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg',
        small: '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg?variant=small',
        large: '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg?variant=large',
        placeholder: 'data:image/webp;base64,UklGRiQAAABXRUJQVlA4',
      },
    ],
  });
export type Picture = z.infer<typeof Picture>;

export const exampleFile = {
  filename: 'fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg',
  originalName: 'ceiling.heic',
  path: '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg',
  mimeType: 'image/jpeg',
  size: 284_113,
  uploadedBy: 'usr_1aBc2dEf3gHi4jKl5mNo6p',
  uploadDate: '2026-11-24T09:30:00.000Z',
  purpose: 'job' as const,
  objectId: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
  caption: 'The ceiling',
  state: 'available' as const,
  url: '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg?viewer=usr_1aBc2dEf3gHi4jKl5mNo6p&expires=1795512900&signature=Qm9n',
  picture: {
    width: 1600,
    height: 1200,
    placeholder: 'data:image/webp;base64,UklGRiQAAABXRUJQVlA4',
    small:
      '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg?variant=small&viewer=usr_1aBc2dEf3gHi4jKl5mNo6p&expires=1795512900&signature=c0Fa',
    large:
      '/api/files/fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg?variant=large&viewer=usr_1aBc2dEf3gHi4jKl5mNo6p&expires=1795512900&signature=xK3d',
  },
};

export const File = z
  .object({
    filename: FileName,
    originalName: z.string().meta({ description: 'as the uploader called it' }),
    path: z.string().meta({ description: 'where it is fetched with a token' }),
    mimeType: z.string(),
    size: z.int().meta({ description: 'bytes' }),
    uploadedBy: idOf('usr'),
    uploadDate: Timestamp,
    purpose: FilePurpose,
    objectId: z
      .string()
      .nullable()
      .meta({ description: 'what it belongs to; null until it is attached, within 24 hours' }),
    caption: z.string().nullable(),
    state: FileState,
    url: url('the file').nullable().meta({ description: 'null unless it is available' }),
    picture: z
      .object({
        width: z.int(),
        height: z.int(),
        placeholder: z.string().meta({ description: 'a few blurred pixels as a data: URL' }),
        small: url('at most 256 pixels wide and high').nullable(),
        large: url('at most 1024 pixels wide and high').nullable(),
      })
      .nullable()
      .meta({ description: 'null for what is not a picture' }),
  })
  .meta({
    id: 'File',
    examples: [exampleFile],
  });
export type File = z.infer<typeof File>;
