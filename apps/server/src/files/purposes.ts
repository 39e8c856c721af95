import type { FilePurpose } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { FileRow } from '../db/tables/files.ts';
import type { Actor } from '../http/authenticate.ts';
import type { FileKind } from './content/inspect.ts';

/** Who looks at a file: by a token, or by a link that was signed for them. */
export type Viewer = Pick<Actor, 'userId' | 'role' | 'hasSecondFactor'>;

/** What files for one purpose are, and what they have to do with the object they belong to. */
export type PurposeRules = {
  kinds: readonly FileKind[];
  /** How many may belong to one object at a time. */
  maximum: number;
  /** The object that an upload means by `given`; null: to be attached later. Throws if this purpose has it otherwise. */
  objectOf(actor: Actor, given: string | undefined): string | null;
  /** Locks the object and requires that the actor may put a file there now. Throws not_found, forbidden or conflict. */
  requirePlace(tx: Tx, actor: Actor, objectId: string): Promise<void>;
  /** Makes the place for the new file, where it replaces another; called with the object locked. */
  makeRoom?(ctx: Ctx, tx: Tx, objectId: string): Promise<void>;
  /** What else happens with a file that comes to its object, in the same transaction. */
  onAttached?(ctx: Ctx, tx: Tx, actor: Actor, file: FileRow): Promise<void>;
  /** Whether somebody other than the uploader may see files of the object. */
  mayRead(db: Db, viewer: Viewer, objectId: string): Promise<boolean>;
  /** Seen by anybody, signed in or not, as long as its uploader is a member. */
  isPublic?: boolean;
  /** Why it may not be deleted now; undefined if it may. */
  reasonToKeep?(tx: Tx, file: FileRow): Promise<string | undefined>;
};

/** Writes down what an admin did to somebody else's file, in the same transaction; the last thing that happens in it. */
export type RecordRemoval = (tx: Tx, at: Date, adminId: string, fileId: string) => Promise<void>;

/** Given by the modules whose objects have files; files know none of them. */
export type Purposes = Record<FilePurpose, PurposeRules>;
