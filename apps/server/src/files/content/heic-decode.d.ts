declare module 'heic-decode' {
  type Decoded = { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> };
  type Undecoded = { width: number; height: number; decode(): Promise<Decoded> };
  const heicDecode: {
    /** Reads the container only; the pixels come by `decode`. */
    all(input: { buffer: Uint8Array }): Promise<Undecoded[] & { dispose(): void }>;
  };
  export default heicDecode;
}
