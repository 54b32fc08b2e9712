int fake;
