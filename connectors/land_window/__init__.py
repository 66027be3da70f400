"""The land single window (پنجره واحد مدیریت زمین): parcel outlines, article-6 answers, states of inquiries."""
