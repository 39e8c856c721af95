import type { Db } from '../db/connect.ts';
import { notFound } from '../errors.ts';
import type { PurposeRules } from '../files/files.ts';
import { isBookingSettled } from '../payments/payments.ts';
import { requireWord, say } from './add-evidence.ts';
import { findDispute, isOpen } from './lock.ts';

/** Files as evidence: each is one more word of its side, said when it is attached. */
export const evidenceFiles: PurposeRules = {
  kinds: ['image', 'pdf', 'document', 'text'],
  maximum: 20,
  objectOf: (_actor, given) => given ?? null,
  requirePlace: async (tx, actor, disputeId) => void (await requireWord(tx, actor, disputeId)),
  onAttached: async (ctx, tx, actor, { id, object_id: disputeId, caption }) => {
    await say(ctx, tx, actor, disputeId!, { kind: 'file', text: caption ?? '', file_name: id });
  },
  mayRead: async (db, viewer, disputeId) => isSide(db, viewer.userId, disputeId),
  reasonToKeep: async (tx, { object_id: disputeId }) => {
    const dispute = await findDispute(tx, disputeId!);
    if (dispute === undefined) throw notFound('dispute');
    if (!isOpen(dispute) && (await isBookingSettled(tx, dispute.booking_id))) return undefined;
    return 'This is evidence about a booking that is not settled.';
  },
};

async function isSide(db: Db, userId: string, disputeId: string): Promise<boolean> {
  const dispute = await findDispute(db, disputeId);
  return dispute?.customer_id === userId || dispute?.contractor_id === userId;
}
