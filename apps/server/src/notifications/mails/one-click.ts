const field = 'List-Unsubscribe';

/**
 * The one field of RFC 8058 from a form in either encoding. Other fields are not looked at: mail programs may send what
 * they like beside it, and nobody should stay subscribed for that.
 */
export function readOneClick(contentType: string, body: string): Record<string, string> {
  const value = /^multipart\/form-data\b/i.test(contentType)
    ? multipartField(body)
    : new URLSearchParams(body).get(field);
  return value === null || value === undefined ? {} : { [field]: value };
}

/** The value of the part that is named so; a value of one line, which this one is. */
const multipartField = (body: string): string | undefined =>
  /^content-disposition:[^\r\n]*\bname="?List-Unsubscribe"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]*)/im.exec(
    body,
  )?.[1];
