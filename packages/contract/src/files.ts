import { z } from 'zod';
import { BookingId } from './bookings.ts';
import { endpoint } from './endpoint.ts';
import { errorCodes } from './errors.ts';
import { line } from './fields.ts';
import { exampleFile, File, FileName, FilePurpose, FileVariant } from './file-resources.ts';
import { JobId } from './jobs.ts';
import { pageOf, pageQuery } from './pages.ts';
import { UserId } from './people.ts';

const objectId = z
  .string()
  .regex(/^[a-z]{3}_[0-9A-Za-z]{22}$/, 'must be an identifier')
  .meta({
    description: 'the job (job), booking (proof) or dispute (evidence) it belongs to',
    examples: ['job_5qZr8Vb2NfK0tXy7WcL3mD'],
  });
const caption = line(1, 200).meta({ examples: ['The ceiling'] });

/** The fields of an upload beside its files. */
export const UploadFields = z.strictObject({
  purpose: FilePurpose,
  objectId: objectId.optional(),
  caption: caption.optional(),
});
export type UploadFields = z.output<typeof UploadFields>;

export const mostFilesPerUpload = 10;

const exampleUpload = {
  files: [
    { originalName: 'ceiling.heic', file: exampleFile, error: null },
    {
      originalName: 'page.html',
      file: null,
      error: { code: 'unsupported_media_type' as const, detail: 'This type of file is not taken.' },
    },
  ],
};

const Refusal = z.object({ code: z.enum(errorCodes), detail: z.string() });

export const Uploaded = z
  .object({
    files: z.array(
      z.object({
        originalName: z.string(),
        file: File.nullable().meta({ description: 'null if it was refused' }),
        error: Refusal.nullable().meta({ description: 'why it was refused' }),
      }),
    ),
  })
  .meta({ id: 'Uploaded', examples: [exampleUpload] });
export type Uploaded = z.infer<typeof Uploaded>;

const PortfolioItem = z.strictObject({ filename: FileName, caption: caption.nullable() });
const fileList = z.object({ items: z.array(File) });
const params = z.strictObject({ filename: FileName });
const shared = { tag: 'Files', access: 'user' } as const;

export const LinkQuery = z.strictObject({
  variant: FileVariant.optional().meta({ description: 'a thumbnail instead of the picture' }),
  download: z
    .enum(['true'])
    .optional()
    .meta({ description: 'to be saved under its original name rather than shown' }),
  viewer: UserId.optional().meta({ description: 'of a signed link, as are expires and signature' }),
  expires: z
    .string()
    .regex(/^\d{10,11}$/, 'must be seconds since 1970')
    .optional()
    .meta({ description: 'seconds since 1970' }),
  signature: z
    .string()
    .regex(/^[0-9A-Za-z_-]{43}$/, 'must be a signature')
    .optional()
    .meta({ description: 'what makes it work without a token' }),
});
export type LinkQuery = z.output<typeof LinkQuery>;

export const files = {
  upload: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/upload',
    summary: 'Upload files',
    description:
      'multipart/form-data with up to ten files in fields named `file`. JPEG, PNG, WebP, GIF, HEIC and AVIF pictures (kept as JPEG or WebP, without what the camera noted in them), PDF, DOCX, XLSX, PPTX, ODT, TXT and CSV; profile and portfolio take pictures only. Each file is taken or refused by itself; if all are refused, so is the request. Without `objectId` a job, proof or evidence file waits 24 hours to be attached. Limits: MAX_FILE_SIZE a file, 10 files a job, 20 of a side in a dispute and for a booking, 30 in a portfolio, UPLOAD_QUOTA bytes a person.',
    multipart: UploadFields,
    response: Uploaded,
    status: 201,
    errors: [
      'malformed_request',
      'validation_failed',
      'request_timeout',
      'forbidden',
      'not_found',
      'conflict',
      'payload_too_large',
      'unsupported_media_type',
      'unprocessable',
      'quota_exceeded',
      'unavailable',
      'storage_full',
    ],
  }),
  get: endpoint({
    tag: 'Files',
    access: 'public',
    method: 'GET',
    path: '/api/files/:filename',
    summary: 'Fetch a file or its thumbnail',
    description:
      "By a signed link, or with a token; pictures of profiles and portfolios by anybody. HEAD, single ranges and conditional requests work. What the caller may not see is a 404. With S3_PRESIGNED_URLS the answer is a redirect to the storage's own link.",
    params,
    query: LinkQuery,
    response: z.custom<Blob>((value) => value instanceof Blob),
    produces: '*/*',
    errors: ['unauthenticated', 'token_expired', 'account_suspended', 'range_not_satisfiable'],
  }),
  result: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/uploads/:id',
    summary: 'Show the file that came of an upload in pieces',
    description:
      'For connections that break, files can be uploaded by the tus protocol (1.0, https://tus.io) at `/api/uploads`, with the same token. `Upload-Metadata` carries `filename`, `filetype`, `purpose` and, if there are any, `objectId` and `caption`. The last piece is answered with the file, or with the problem that keeps it from being taken; if that answer was lost, ask here. An upload of which nothing came for a day is forgotten.',
    params: z.strictObject({
      id: z
        .string()
        .regex(/^usr_[0-9A-Za-z]{22}\.tus_[0-9A-Za-z]{22}$/, "must be the last part of the upload's address")
        .meta({
          description: "the last part of the upload's address",
          examples: ['usr_1aBc2dEf3gHi4jKl5mNo6p.tus_5qZr8Vb2NfK0tXy7WcL3mD'],
        }),
    }),
    response: File,
    errors: [
      'conflict',
      'unsupported_media_type',
      'unprocessable',
      'quota_exceeded',
      'forbidden',
      'storage_full',
    ],
  }),
  describe: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/files/:filename/info',
    summary: 'Show what a file is, with fresh links',
    description: 'For its uploader also while it is scanned, or why it is gone.',
    params,
    response: File,
  }),
  remove: endpoint({
    ...shared,
    method: 'DELETE',
    path: '/api/files/:filename',
    summary: 'Delete a file that I uploaded',
    description:
      'Gone at once for everybody, its bytes a week later. Evidence, and the proof of delivered work, stay until the booking is settled. Admins may delete any other.',
    params,
    response: z.undefined(),
    status: 204,
    errors: ['conflict'],
  }),
  attach: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/files/:filename/attach',
    summary: 'Attach a file that was uploaded without an object',
    description: 'Once, within 24 hours of the upload.',
    params,
    body: z.strictObject({ objectId }).meta({ examples: [{ objectId: 'job_5qZr8Vb2NfK0tXy7WcL3mD' }] }),
    response: File,
    errors: ['conflict', 'forbidden'],
  }),
  listOwn: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/me/files',
    summary: 'List the files I uploaded, newest first',
    query: z.strictObject({
      purpose: FilePurpose.optional().meta({ description: 'only files for this' }),
      ...pageQuery,
    }),
    response: pageOf(File),
  }),
  ofJob: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/jobs/:id/files',
    summary: 'List the files of a job that I may see',
    params: z.strictObject({ id: JobId }),
    response: fileList,
  }),
  ofBooking: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/bookings/:id/proof',
    summary: 'List the proof of work of a booking I take part in',
    params: z.strictObject({ id: BookingId }),
    response: fileList,
  }),
  portfolio: endpoint({
    tag: 'Files',
    access: 'public',
    method: 'GET',
    path: '/api/contractors/:id/portfolio',
    summary: "A contractor's portfolio, in the contractor's order",
    params: z.strictObject({ id: UserId }),
    response: fileList,
  }),
  arrangePortfolio: endpoint({
    tag: 'Files',
    access: 'contractor',
    method: 'PUT',
    path: '/api/me/portfolio',
    summary: "Order and caption one's portfolio",
    description: 'Names every picture in it exactly once; a conflict if one was added or deleted meanwhile.',
    body: z.strictObject({ items: z.array(PortfolioItem).max(30) }).meta({
      examples: [{ items: [{ filename: 'fil_5qZr8Vb2NfK0tXy7WcL3mD.jpg', caption: 'Bathroom, 2025' }] }],
    }),
    response: fileList,
    errors: ['conflict'],
  }),
  pictureOf: endpoint({
    tag: 'Files',
    access: 'public',
    method: 'GET',
    path: '/api/users/:id/picture',
    summary: "A person's picture, for lists that name people",
    description: 'A redirect to the picture, small if not asked otherwise; 404 if there is none.',
    params: z.strictObject({ id: UserId }),
    query: z.strictObject({
      variant: FileVariant.optional().meta({ description: 'small if left out' }),
    }),
    response: z.undefined(),
    status: 302,
  }),
};
