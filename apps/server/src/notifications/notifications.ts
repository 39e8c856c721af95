/** What other modules may use of the notifications. */

export { deliver as deliverNotifications, type Senders } from './deliver.ts';
export { forgetEndedDevices } from './devices/remove.ts';
export { forgetNotificationsOf } from './forget.ts';
export type { NotificationData, NotificationType } from './kinds.ts';
export { bulkPriority } from './lanes.ts';
export { bouncedAmong, forgetBounce, recordBounce } from './mails/bounces.ts';
export { accountDeletedLetter, alreadyRegisteredLetter, codeLetter, noticeLetter } from './mails/letters.ts';
export { type Notice, notify, notifyAdmins, notifyMany } from './notify.ts';
export { type Bridge, bridgeChat } from './pusher/bridge.ts';
export { releaseHeld } from './release-held.ts';
export { showNotifications, showUnread } from './show.ts';
export { notificationSweeps } from './sweeps.ts';
export { forgetPreview, type MessageNotice, markRoomsRead, tellOfMessages } from './tell-messages.ts';
export { tellSides } from './tell-sides.ts';
