export type Role = 'customer' | 'contractor' | 'admin';

export type AccountTables = {
  users: {
    id: string;
    role: Role;
    email: string;
    email_verified_at: Date | null;
    password_hash: string;
    name: string;
    locale: string;
    time_zone: string;
    suspended_at: Date | null;
    deleted_at: Date | null;
    created_at: Date;
    updated_at: Date;
  };
  sessions: {
    id: string;
    user_id: string;
    access_hash: Buffer;
    access_expires_at: Date;
    user_agent: string | null;
    address: string | null;
    created_at: Date;
    last_used_at: Date;
    revoked_at: Date | null;
  };
  refresh_tokens: { hash: Buffer; session_id: string; expires_at: Date; used_at: Date | null };
};
