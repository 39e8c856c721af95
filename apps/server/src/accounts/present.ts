import type { ContractorPage, ContractorProfile, Me, Session } from '@holdfast/contract';
import type { Selectable } from 'kysely';
import type { Db, Tx } from '../db/connect.ts';
import type { AccountTables } from '../db/tables/accounts.ts';
import type { FileRow } from '../db/tables/files.ts';
import { picturesOf, presentPicture } from '../files/files.ts';

export type UserRow = Selectable<AccountTables['users']>;
export type SessionRow = Selectable<AccountTables['sessions']>;
export type ProfileRow = Selectable<AccountTables['contractor_profiles']>;

/** One's own account; one query for the picture. */
export async function presentMe(db: Db | Tx, row: UserRow): Promise<Me> {
  const picture = (await picturesOf(db, [row.id])).get(row.id);
  return {
    id: row.id as Me['id'],
    role: row.role,
    email: row.email,
    name: row.name,
    locale: row.locale,
    timeZone: row.time_zone,
    picture: picture === undefined ? null : presentPicture(picture),
    hasSecondFactor: row.second_factor_at !== null,
    ...presentRating(row),
    createdAt: row.created_at.toISOString(),
  };
}

export const presentSession = (row: SessionRow, currentId: string): Session => ({
  id: row.id,
  userAgent: row.user_agent,
  address: row.address,
  isCurrent: row.id === currentId,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
});

export const presentProfile = (user: UserRow, profile: ProfileRow): ContractorProfile => ({
  userId: user.id,
  ...shared(profile),
  serviceCentre: { lat: profile.centre_lat, lng: profile.centre_lng },
  ...presentRating(user),
  updatedAt: profile.updated_at.toISOString(),
});

/** The public page: what is not named here is nobody's business. */
export const presentPage = (
  user: UserRow,
  profile: ProfileRow,
  picture: FileRow | undefined,
): ContractorPage => ({
  id: user.id,
  name: user.name,
  picture: picture === undefined ? null : presentPicture(picture),
  ...shared(profile),
  // One decimal of a degree is about eleven kilometres: enough for "near Vienna", not for a doorbell.
  serviceCentre: { lat: rounded(profile.centre_lat, 1), lng: rounded(profile.centre_lng, 1) },
  ...presentRating(user),
  memberSince: user.created_at.toISOString(),
});

const presentRating = (user: Pick<UserRow, 'rating_sum' | 'rating_count'>) => ({
  averageRating: user.rating_count === 0 ? null : rounded(user.rating_sum / user.rating_count, 2),
  reviewCount: user.rating_count,
});

const shared = (profile: ProfileRow) => ({
  headline: profile.headline,
  bio: profile.bio,
  categories: profile.categories as ContractorPage['categories'],
  skills: profile.skills,
  serviceRadiusKm: profile.radius_km,
  hourlyRate:
    profile.hourly_rate_minor === null
      ? null
      : ({
          amount: profile.hourly_rate_minor,
          currency: profile.hourly_rate_currency,
        } as ContractorPage['hourlyRate']),
});

function rounded(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  // + 0 turns -0 into 0
  return Math.round(value * factor) / factor + 0;
}
