import { Transform } from 'node:stream';
import { mostFilesPerUpload, UploadFields } from '@holdfast/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import multer from 'multer';
import { AppError, invalidField } from '../errors.ts';
import { isNoSpace, storageFull } from '../storage/no-space.ts';
import type { UploadLimits } from './limits.ts';
import { type SpooledFile, spoolInto } from './spool.ts';

export type Received = { fields: UploadFields; files: SpooledFile[] };

// Beside the files: headers of parts, boundaries, fields.
const slackBytes = 64 * 1024;

/**
 * Reads a multipart request into the folder. Nothing is kept in memory but the fields. Throws malformed_request,
 * validation_failed, payload_too_large, request_timeout or storage_full.
 */
export async function receiveFiles(
  request: FastifyRequest,
  reply: FastifyReply,
  folder: string,
  options: { maximumBytes: number; limits: UploadLimits },
): Promise<Received> {
  const total = options.maximumBytes * mostFilesPerUpload + slackBytes;
  if (Number(request.headers['content-length'] ?? 0) > total) throw tooLarge(total);
  const body = limitedBody(request, options.limits, total);
  const parser = multer({
    storage: spoolInto(folder, options.maximumBytes, body.signal),
    defParamCharset: 'utf8',
    limits: {
      files: mostFilesPerUpload,
      fields: 10,
      parts: mostFilesPerUpload + 10,
      fieldNameSize: 100,
      fieldSize: 2000,
      headerPairs: 20,
    },
  }).array('file', mostFilesPerUpload);
  try {
    await new Promise<void>((resolve, reject) => {
      parser(body.stream as never, reply.raw as never, (error: unknown) =>
        error === undefined || error === null ? resolve() : reject(error),
      );
    });
  } catch (error) {
    // What is still coming is not read: the answer is the last on this connection.
    reply.header('connection', 'close');
    throw toAppError(body.signal.aborted ? body.signal.reason : error);
  } finally {
    body.stop();
  }
  const received = body.stream as { body?: unknown; files?: MulterFile[] };
  return { fields: readFields(received.body), files: (received.files ?? []).map(toSpooled) };
}

type MulterFile = Express.Multer.File & { isTooLarge: boolean };

const toSpooled = (file: MulterFile): SpooledFile => ({
  path: file.path,
  sizeBytes: file.size,
  originalName: cleanName(file.originalname),
  declaredType: file.mimetype,
  isTooLarge: file.isTooLarge,
});

/**
 * The body as multer reads it. It breaks off, and no more is read of the request, when that stands still, takes too
 * long, hangs up, or sends more than any upload can have; multer by itself reads on until it is answered.
 */
function limitedBody(request: FastifyRequest, limits: UploadLimits, totalBytes: number) {
  const { raw, headers } = request;
  const control = new AbortController();
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > totalBytes) end(tooLarge(totalBytes));
      else done(null, chunk);
    },
  });
  const end = (reason: AppError) => {
    control.abort(reason);
    stream.destroy(reason);
  };
  const deadline = setTimeout(
    () => end(new AppError('request_timeout', 'The upload took too long.')),
    limits.totalMs,
  );
  raw.setTimeout(limits.stallMs, () =>
    end(new AppError('request_timeout', 'The upload stood still for too long.')),
  );
  // A request closes when it is over, too.
  const close = () => {
    if (!raw.complete) end(new AppError('malformed_request', 'The upload was broken off.'));
  };
  raw.once('close', close);
  // Hung up before anybody listened, while the token was being looked up.
  if (raw.destroyed) close();
  raw.pipe(stream);
  const stop = () => {
    clearTimeout(deadline);
    raw.removeListener('close', close);
    raw.setTimeout(0);
  };
  return { stream: Object.assign(stream, { headers }), signal: control.signal, stop };
}

const tooLarge = (bytes: number) =>
  new AppError(
    'payload_too_large',
    `An upload may have at most ${mostFilesPerUpload} files and ${bytes} bytes.`,
  );

function readFields(body: unknown): UploadFields {
  const parsed = UploadFields.safeParse({ ...(body as object | undefined) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = ['body', ...issue.path.map(String), ...keys.slice(0, 1)].join('.').slice(0, 300);
  throw invalidField(path, keys.length > 0 ? 'is not a known field' : issue.message);
}

/** The name as data: without what PostgreSQL cannot keep or a header could not carry, and of a bounded length. */
export function cleanName(given: string | undefined): string {
  const name = withoutControls(given ?? '').trim();
  const [extension = ''] = /\.[^.]{0,10}$/.exec(name) ?? [];
  const stem = [...name.slice(0, name.length - extension.length)].slice(0, 200).join('');
  return `${stem}${extension}` || 'file';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const withoutControls = (text: string) => text.toWellFormed().replaceAll(/[\u0000-\u001f\u007f]/g, '');

const multerProblems: Partial<Record<string, string>> = {
  LIMIT_PART_COUNT: 'There are too many parts.',
  LIMIT_FIELD_KEY: "A field's name is too long.",
  LIMIT_FIELD_VALUE: "A field's value is too long.",
  LIMIT_FIELD_COUNT: 'There are too many fields.',
  LIMIT_FILE_COUNT: `At most ${mostFilesPerUpload} files can be sent at a time.`,
  MISSING_FIELD_NAME: 'A part has no name.',
};

function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  // Of a part's own stream, which multer hears before what its storage has to say.
  if (isNoSpace(error)) return storageFull(error);
  if (error instanceof multer.MulterError) {
    if (error.code === 'LIMIT_UNEXPECTED_FILE')
      return invalidField(
        `body.${error.field ?? ''}`.slice(0, 200),
        'files are sent in fields named file, at most ten',
      );
    return new AppError('malformed_request', multerProblems[error.code] ?? 'The form cannot be read.', {
      cause: error,
    });
  }
  // busboy's own: no boundary, a broken header of a part, an end that never came. Anything of the system is ours.
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('E') && !code.startsWith('ERR_')) return error;
  return new AppError('malformed_request', 'This is not a complete multipart/form-data request.', {
    cause: error,
  });
}
