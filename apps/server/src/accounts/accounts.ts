/** What other modules may use of the accounts. */
export { findProfile as getContractorProfile } from './contractor-profile.ts';
export type { Leave } from './delete-account.ts';
export {
  addRating,
  getUser,
  type PublicPerson,
  publicPerson,
  requireActive,
  requireContractor,
} from './people.ts';
export { profilePictures } from './pictures.ts';
export { portfolio } from './portfolio.ts';
export type { ProfileRow, UserRow } from './present.ts';
export { revokeSessions } from './sessions.ts';
export { reinstateUser, suspendUser } from './suspend.ts';
