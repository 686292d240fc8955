// Sheets that a bundle brings along are the builder's matter.
declare module "*.css";
