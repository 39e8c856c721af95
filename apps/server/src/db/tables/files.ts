import type { FilePurpose, FileState } from '@holdfast/contract';
import type { Generated, JSONColumnType, Selectable } from 'kysely';

export type Thumbnail = { bytes: number; sha256: string };
export type StoredPicture = {
  width: number;
  height: number;
  placeholder: string;
  small: Thumbnail;
  large: Thumbnail;
};

export type FileTables = {
  files: {
    id: string;
    uploaded_by: string;
    purpose: FilePurpose;
    object_id: string | null;
    original_name: string;
    mime_type: string;
    size_bytes: number;
    stored_bytes: number;
    sha256: Buffer;
    picture: JSONColumnType<StoredPicture> | null;
    caption: string | null;
    position: Generated<number | null>;
    upload_id: string | null;
    storage: 'disk' | 's3';
    state: FileState | 'storing' | 'deleted' | 'removing';
    remove_after: Date | null;
    created_at: Date;
    updated_at: Date;
  };
  signing_keys: { name: string; secret: Buffer; created_at: Date };
};

export type FileRow = Selectable<FileTables['files']>;
