export type MailTables = {
  mail_bounces: { email: string; at: Date; reason: string };
};
