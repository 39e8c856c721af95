import type { File, FileState, FileVariant, Picture } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import { linkMaker, pathOf, publicLink } from './links.ts';

/** Files as this person sees them, with links that are signed for them. */
export async function presentFiles(ctx: Ctx, viewerId: string, rows: readonly FileRow[]): Promise<File[]> {
  if (rows.length === 0) return [];
  const link = rows.every(isPublic) ? publicLink : await linkMaker(ctx, viewerId);
  return rows.map((row) => present(row, isPublic(row) ? publicLink : link));
}

export const presentFile = async (ctx: Ctx, viewerId: string, row: FileRow): Promise<File> =>
  (await presentFiles(ctx, viewerId, [row]))[0]!;

/** Files that anybody may see. */
export const presentPublic = (rows: readonly FileRow[]): File[] =>
  rows.map((row) => present(row, publicLink));

export const presentPicture = ({ id, picture }: FileRow): Picture => ({
  filename: id,
  url: publicLink(id),
  small: publicLink(id, 'small'),
  large: publicLink(id, 'large'),
  placeholder: picture!.placeholder,
});

const isPublic = ({ purpose }: FileRow) => purpose === 'profile' || purpose === 'portfolio';

function present(row: FileRow, link: (name: string, variant?: FileVariant) => string): File {
  const ifThere = (variant?: FileVariant) => (row.state === 'available' ? link(row.id, variant) : null);
  return {
    filename: row.id,
    originalName: row.original_name,
    path: pathOf(row.id),
    mimeType: row.mime_type,
    size: row.size_bytes,
    uploadedBy: row.uploaded_by,
    uploadDate: row.created_at.toISOString(),
    purpose: row.purpose,
    objectId: row.object_id,
    caption: row.caption,
    state: row.state as FileState,
    url: ifThere(),
    picture:
      row.picture === null
        ? null
        : {
            width: row.picture.width,
            height: row.picture.height,
            placeholder: row.picture.placeholder,
            small: ifThere('small'),
            large: ifThere('large'),
          },
  };
}
