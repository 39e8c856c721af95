import type { AdminUser, UserStatus } from '@holdfast/contract';
import type { UserRow } from '../accounts/accounts.ts';

type PresentedRow = Pick<
  UserRow,
  | 'id'
  | 'role'
  | 'email'
  | 'name'
  | 'email_verified_at'
  | 'second_factor_at'
  | 'suspended_at'
  | 'deleted_at'
  | 'created_at'
>;

export const presentUser = (row: PresentedRow): AdminUser => ({
  id: row.id,
  role: row.role,
  email: row.email,
  name: row.name,
  status: statusOf(row),
  hasSecondFactor: row.second_factor_at !== null,
  suspendedAt: row.suspended_at?.toISOString() ?? null,
  deletedAt: row.deleted_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});

function statusOf(row: PresentedRow): UserStatus {
  if (row.deleted_at !== null) return 'deleted';
  if (row.suspended_at !== null) return 'suspended';
  return row.email_verified_at === null ? 'unproven' : 'active';
}
